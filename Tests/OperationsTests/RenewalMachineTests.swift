import Loop
import Testing

@testable import Operations

@Suite("RenewalMachine")
struct RenewalMachineTests {
  private typealias Machine = RenewalMachine<Int>

  private static func second(_ number: Int64) -> Instant {
    Instant(nanoseconds: number * 1_000_000_000)
  }

  /// A machine whose files were read since the start.
  private func machine(_ stamps: [Int?]) -> Machine {
    var machine = Machine()
    #expect(machine.looked(stamps, isRefused: false, at: Self.second(0)) == nil)
    #expect(machine.looked(stamps, isRefused: false, at: Self.second(1)) == .beginning)
    #expect(!machine.succeeded(.beginning))
    return machine
  }

  @Test("files that stay as they are, are read once after the start and never again")
  func unchanged() {
    var machine = machine([1, 2])
    for second in 2..<100 {
      #expect(machine.looked([1, 2], isRefused: false, at: Self.second(Int64(second))) == nil)
    }
  }

  @Test("a change is read once it has come to rest: a certificate and its key change in turn")
  func settles() {
    var machine = machine([1, 2])
    #expect(machine.looked([3, 2], isRefused: false, at: Self.second(2)) == nil)
    #expect(machine.looked([3, 4], isRefused: true, at: Self.second(9)) == nil)
    #expect(machine.looked([3, 4], isRefused: false, at: Self.second(10)) == .change)
    #expect(machine.succeeded(.change))
    #expect(machine.looked([3, 4], isRefused: false, at: Self.second(11)) == nil)
  }

  @Test("a file that is gone has changed, and so has one that is back")
  func gone() {
    var machine = machine([1])
    for stamp in [nil, 1] {
      #expect(machine.looked([stamp], isRefused: false, at: Self.second(2)) == nil)
      #expect(machine.looked([stamp], isRefused: false, at: Self.second(3)) == .change)
    }
  }

  @Test("what Redis refuses has files read that look the same, but not all the time")
  func refusal() {
    var machine = machine([1])
    #expect(machine.looked([1], isRefused: true, at: Self.second(2)) == nil)
    #expect(machine.looked([1], isRefused: true, at: Self.second(6)) == .refusal)
    #expect(!machine.succeeded(.refusal))
    #expect(machine.looked([1], isRefused: true, at: Self.second(10)) == nil)
    #expect(machine.looked([1], isRefused: true, at: Self.second(11)) == .refusal)
  }

  @Test("an operator gets an answer each time, a bad file one line a change")
  func news() {
    var machine = machine([1])
    #expect(machine.requested(at: Self.second(2)) == .request)
    #expect(machine.failed(.request, because: "empty"))
    #expect(!machine.failed(.refusal, because: "empty"))
    #expect(machine.failed(.refusal, because: "too long"))
    #expect(machine.failed(.change, because: "too long"))
    #expect(machine.succeeded(.refusal))
    #expect(!machine.succeeded(.refusal))
    #expect(machine.succeeded(.request))
  }
}
