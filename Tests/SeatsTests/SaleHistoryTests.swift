import Glibc
import TestSupport
import Testing

@testable import Seats

@Suite("Random histories of a sale")
struct SaleHistoryTests {
  /// As many as `USHER_HISTORIES` says, from the seed `USHER_HISTORY_SEED` on.
  @Test("with losses, rollbacks and clocks that step, go as the rules say, step by step")
  func histories() throws {
    let count = Self.number("USHER_HISTORIES") ?? 200
    let first = Self.number("USHER_HISTORY_SEED") ?? 1
    let sale = try ScriptedSale(seats: [])
    guard count > 0,
      let found = try SaleHistory.search(first...(first + count - 1), on: sale)
    else { return }
    let operations = try SaleHistory.shrink(found.operations, on: sale)
    let steps = operations.map { "  \($0)" }.joined(separator: "\n")
    Issue.record("seed \(found.seed): \(found.fault)\n\(steps)")
  }

  @Test("are such that something happens")
  func happenings() throws {
    let sale = try ScriptedSale(seats: [])
    var (sold, losses) = (0, 0)
    for seed in 1...20 {
      var history = try SaleHistory(on: sale)
      #expect(try history.firstFault(SaleOperation.history(120, seed: UInt64(seed))) == nil)
      sold += history.sold
      losses += history.losses
    }
    #expect(sold > 10)
    #expect(losses > 20)
  }

  private static func number(_ name: String) -> UInt64? {
    getenv(name).flatMap { UInt64(String(cString: $0)) }
  }
}

/// The scripts with one rule changed: each must be found by the histories.
@Suite("Mutants of the scripts of seats and stock", .tags(.computation), .selected)
struct SaleMutantTests {
  typealias Mutant = ScriptMutant

  static let mutants = [
    Mutant(
      "a clock that has stepped is believed", "has_stepped and estimate or clock", "clock"),
    Mutant("a hold ends at a tick", "local moment = now + ttl", "local moment = at + ttl"),
    Mutant(
      "two holds end at one moment", "whole(final and tonumber(final) + 1 or moment)",
      "whole(moment)"),
    Mutant("holds do not end by themselves", "if #due > 0 then ended = give_back(due) end", ""),
    Mutant(
      "the last seat a person may have is refused", "mine + #seats > limit",
      "mine + #seats >= limit"),
    Mutant(
      "whoever gives seats back may not hold as many again", "    debit(users, seats_of)\n", ""),
    Mutant(
      "a held seat may be taken off the list", "if value == 'available' then", "if value then"),
    Mutant("a late grant holds seats", "if now >= grant_end then return", "if false then return"),
    Mutant(
      "numbers are given twice", "whole(total - left + 1)", "whole(math.max(1, total - left))"),
    Mutant("a person takes two of an item", "if known then return {2, known, left} end", ""),
    Mutant("a bought hold is not delivered", "  deliver('op', 'confirm',", "  whole(0,"),
    Mutant("less may be supplied than was taken", "if wanted < taken then", "if false then"),
  ]

  @Test("is found within 200 histories", arguments: mutants)
  func found(mutant: Mutant) throws {
    var places = 0
    let scripts = SeatScripts { text in
      if mutant.changes(text) { places += 1 }
      return ScriptedSale.withTestClock(mutant.applied(to: text))
    }
    #expect(places > 0)
    let sale = try ScriptedSale(seats: [], scripts: scripts)
    #expect(try SaleHistory.search(1...200, on: sale) != nil)
  }
}
