import Loop
import Queue
import Redis
import TestSupport
import Testing

@testable import Seats

/// Each operation, before a Redis whose scripts return what ours never do.
@Suite("What scripts say of seats")
struct SeatReplyTests {
  private let under: OfficeUnderTest
  private let hold: String

  init() throws {
    under = try OfficeUnderTest()
    try under.put(["A-1"])
    hold = try under.held("A-1", as: "ann").id
  }

  /// How many operations have been completed, and how many of them with an error.
  private final class Tally {
    var completed = 0
    var failed = 0

    func completion<Outcome>(
      _: Outcome.Type = Outcome.self
    ) -> (Result<Outcome, RedisError>) -> Void {
      { [self] result in
        completed += 1
        if case .failure = result { failed += 1 }
      }
    }
  }

  private static let operations = 8

  /// Starts each operation, waits until all are over, and says how many failed.
  private func failures(with reply: String) throws -> Int {
    let parrot = Parrot(loop: under.loop, reply: reply)
    let office = BoxOffice(
      loop: under.loop, redis: parrot, signer: under.signer, settings: SeatSettings())
    let planner = SeatPlanner(redis: parrot, settings: SeatSettings())
    let maintenance = SeatMaintenance(redis: parrot, settings: SeatSettings())
    var ended = 0
    office.holdsEnded = { ended += $0 }
    planner.holdsEnded = { ended += $0 }
    maintenance.holdsEnded = { ended += $0 }
    let (seat, item) = (SeatID("A-2")!, ItemID("coupon")!)
    let tally = Tally()
    office.hold([seat], of: under.event, grant: under.grant("bob"), tally.completion())
    office.release(hold, tally.completion())
    office.confirm(hold, tally.completion())
    office.map(of: under.event, after: 0, limit: 1000, knowing: nil, tally.completion())
    office.take(item, of: under.event, for: nil, grant: under.grant("bob"), tally.completion())
    planner.put([seat], at: under.event, tally.completion())
    planner.supply(item, total: 5, at: under.event, tally.completion())
    maintenance.sweep(under.event, tally.completion())
    try under.wait("all are over: \(reply.debugDescription)") {
      tally.completed == Self.operations || parrot.count > 1000
    }
    #expect(parrot.count <= 1000, "it asks for ever: \(reply.debugDescription)")
    #expect(ended >= 0)
    return tally.failed
  }

  @Test(
    "that is no answer is an error",
    arguments: [
      ":1\r\n", "$-1\r\n", "+OK\r\n", "*0\r\n", "*-1\r\n", "*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n",
    ])
  func isNoAnswer(reply: String) throws {
    #expect(try failures(with: reply) == Self.operations)
  }

  @Test(
    "with numbers that none of them returns traps nowhere, and comes to an end",
    arguments: [
      ":9223372036854775807\r\n", ":-9223372036854775808\r\n", "$3\r\nnan\r\n", "$3\r\ninf\r\n",
      "$4\r\n-inf\r\n", "$5\r\n1e308\r\n", ":9007199254740993\r\n", ":-1\r\n",
    ])
  func extremeNumbers(number: String) throws {
    // As many elements as each script's answer has, one of them such a number, or all but the first.
    for count in [3, 6, 7, 8, 10] {
      for kind in 0...2 {
        let usual = [":\(kind)\r\n"] + Array(repeating: ":1\r\n", count: count - 1)
        for place in 1..<count {
          var elements = usual
          elements[place] = number
          _ = try failures(with: "*\(count)\r\n" + elements.joined())
        }
        let all = ":\(kind)\r\n" + String(repeating: number, count: count - 1)
        _ = try failures(with: "*\(count)\r\n" + all)
      }
    }
  }
}
