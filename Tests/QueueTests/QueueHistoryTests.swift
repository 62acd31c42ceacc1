import Glibc
import TestSupport
import Testing

@testable import Queue

@Suite("Random histories")
struct QueueHistoryTests {
  @Test("of fifty people go as the rules say, step by step", arguments: [1, 2, 3, 4])
  func histories(seed: UInt64) throws {
    var settings = LineHistory.settings
    settings.ticketTTL = .seconds(400)
    settings.rebuildWindow = .seconds(25)
    var history = try LineHistory(on: ScriptedEvent(), settings)
    let operations = LineHistoryPlan.long.operations(3500, seed: seed)
    let fault = try history.firstFault(operations)
    #expect(fault == nil, "\(fault.map { "\($0), \(history.report)" } ?? "")")
    // A history in which nothing happens proves nothing.
    #expect(history.admissions > 40)
    #expect(history.parked > 50)
    #expect(history.resumed > 50)
    #expect(history.losses > 2)
    #expect(history.longestLine > 25)
    #expect(history.mostCalled > 2)
    #expect(history.lapsed > 10)
    #expect(history.calledAgain > 2)
    #expect(history.sessions > 10)
  }

  /// As many as `USHER_HISTORIES` says, from the seed `USHER_HISTORY_SEED` on.
  @Test("of a few people to whom much happens: clocks that step, losses, seats, other settings")
  func shortHistories() throws {
    let count = Self.number("USHER_HISTORIES") ?? 200
    let first = Self.number("USHER_HISTORY_SEED") ?? 1
    let event = try ScriptedEvent()
    guard count > 0,
      let found = try Counterexample.search(first...(first + count - 1), on: event)
    else { return }
    let (operations, fault) = try Counterexample.shrink(found.operations, on: event)
    let steps = operations.map { "  \($0)" }.joined(separator: "\n")
    Issue.record("seed \(found.seed): \(fault.isEmpty ? found.fault : fault)\n\(steps)")
  }

  private static func number(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}
