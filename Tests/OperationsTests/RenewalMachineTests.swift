import Loop
import Testing

@testable import Operations

@Suite("RenewalMachine")
struct RenewalMachineTests {
  private typealias Machine = RenewalMachine<Int>

  private static func second(_ number: Int64) -> Instant {
    Instant(nanoseconds: number * 1_000_000_000)
  }

  /// A machine, and what it says at each step.
  private final class Subject {
    var machine: Machine

    /// Files that were read since the start.
    init(_ stamps: [Int?]) {
      machine = Machine(stamps)
      #expect(look(stamps, at: 1) == .beginning)
      #expect(!succeed(.beginning))
    }

    func look(_ stamps: [Int?], isRefused: Bool = false, at second: Int64) -> Machine.Cause? {
      machine.looked(stamps, isRefused: isRefused, at: RenewalMachineTests.second(second))
    }

    func request(at second: Int64) -> Machine.Cause {
      machine.requested(at: RenewalMachineTests.second(second))
    }

    func succeed(_ cause: Machine.Cause) -> Bool { machine.succeeded(cause) }

    func fail(_ cause: Machine.Cause, _ problem: String) -> Bool {
      machine.failed(cause, because: problem)
    }
  }

  @Test("files that stay as they are, are read once after the start and never again")
  func unchanged() {
    let files = Subject([1, 2])
    for second in 2..<100 { #expect(files.look([1, 2], at: Int64(second)) == nil) }
  }

  @Test("a change right after the start is a change as any other")
  func early() {
    let machine = Subject([1])
    machine.machine = Machine([1])
    #expect(machine.look([2], at: 0) == nil)
    #expect(machine.look([2], at: 1) == .change)
    #expect(machine.succeed(.change))
    #expect(machine.look([2], at: 2) == nil)
  }

  @Test("a change is read once it has come to rest: a certificate and its key change in turn")
  func settles() {
    let files = Subject([1, 2])
    #expect(files.look([3, 2], at: 2) == nil)
    #expect(files.look([3, 4], isRefused: true, at: 9) == nil)
    #expect(files.look([3, 4], at: 10) == .change)
    #expect(files.succeed(.change))
    #expect(files.look([3, 4], at: 11) == nil)
  }

  @Test("a file that is gone has changed, and so has one that is back")
  func gone() {
    let files = Subject([1])
    for stamp in [nil, 1] {
      #expect(files.look([stamp], at: 2) == nil)
      #expect(files.look([stamp], at: 3) == .change)
    }
  }

  @Test("what Redis refuses has files read that look the same, but not all the time")
  func refusal() {
    let files = Subject([1])
    #expect(files.look([1], isRefused: true, at: 2) == nil)
    #expect(files.look([1], isRefused: true, at: 6) == .refusal)
    #expect(!files.succeed(.refusal))
    #expect(files.look([1], isRefused: true, at: 10) == nil)
    #expect(files.look([1], isRefused: true, at: 11) == .refusal)
  }

  @Test("an operator gets an answer each time, a bad file one line a change")
  func news() {
    let files = Subject([1])
    #expect(files.request(at: 2) == .request)
    #expect(files.fail(.request, "empty"))
    #expect(!files.fail(.refusal, "empty"))
    #expect(files.fail(.refusal, "too long"))
    #expect(files.fail(.change, "too long"))
    #expect(files.succeed(.refusal))
    #expect(!files.succeed(.refusal))
    #expect(files.succeed(.request))
  }
}
