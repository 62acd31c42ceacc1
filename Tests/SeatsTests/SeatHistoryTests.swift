import TestSupport
import Testing

@testable import Queue
@testable import Seats

/// What seats do, as plainly as it can be said: the scripts are held to it.
private struct SeatModel {
  enum Seat: Equatable {
    case available
    case held(String, Int64)
    case sold(String, Int64)
  }

  struct Hold {
    let user: String
    let seats: [String]
    let answer: HoldScript.Held
  }

  var seats: [String: Seat]
  let limit: Int

  /// Ends what is over.
  mutating func pass(to now: Int64, ends: [Int64: Int64]) {
    for (name, seat) in seats {
      if case .held(_, let hold) = seat, ends[hold] ?? 0 <= now { seats[name] = .available }
    }
  }

  func count(of user: String) -> Int {
    seats.values.count {
      switch $0 {
      case .available: false
      case .held(let holder, _), .sold(let holder, _): holder == user
      }
    }
  }

  /// What is refused, and why; nil if it can be held.
  func refusal(_ wanted: [String], _ user: String) -> HoldScript.Outcome? {
    if !seats.values.contains(where: { if case .sold = $0 { false } else { true } }) {
      return .soldOut
    }
    let taken = wanted.filter { seats[$0] != .available }
    if !taken.isEmpty { return .unavailable(taken) }
    let mine = count(of: user)
    return mine + wanted.count > limit ? .limitReached(has: mine) : nil
  }

  var available: Int { census["available"] ?? 0 }

  var census: [String: Int] {
    seats.values.reduce(into: [:]) { counts, seat in
      switch seat {
      case .available: counts["available", default: 0] += 1
      case .held: counts["held", default: 0] += 1
      case .sold: counts["sold", default: 0] += 1
      }
    }
  }
}

@Suite("A random history of seats")
struct SeatHistoryTests {
  @Test("every answer and every count is what the rules say", arguments: 1...6)
  func history(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let names = (1...8).map { "A-\($0)" }
    let sale = try ScriptedSale(
      seats: names, SeatSettings(holdTTL: .seconds(10), seatsPerPerson: 3))
    var model = SeatModel(
      seats: Dictionary(uniqueKeysWithValues: names.map { ($0, .available) }), limit: 3)
    var holds: [SeatModel.Hold] = []
    var ends: [Int64: Int64] = [:]
    for _ in 0..<300 {
      try sale.advance(.milliseconds(Int64.random(in: 0...2500, using: &random)))
      model.pass(to: sale.now, ends: ends)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let user = "p\(Int.random(in: 0..<5, using: &random))"
        let count = Int.random(in: 1...3, using: &random)
        let wanted = Array(names.shuffled(using: &random).prefix(count))
        if let hold = try hold(wanted, user, sale, &model, holds) {
          holds.append(hold)
          ends[hold.answer.number] = hold.answer.endsAt
        }
      case 5..<8:
        guard let hold = holds.randomElement(using: &random) else { continue }
        try release(hold, sale, &model)
      case 8:
        guard let hold = holds.randomElement(using: &random) else { continue }
        try confirm(hold, sale, &model)
      default: _ = try sale.sweep()
      }
      let snapshot = try #require(try sale.sweep().snapshot)
      #expect(snapshot.inconsistent == 0)
      #expect(try sale.census() == model.census)
      #expect(try sale.inventory() == model.available)
    }
  }

  private func hold(
    _ wanted: [String], _ user: String, _ sale: ScriptedSale, _ model: inout SeatModel,
    _ holds: [SeatModel.Hold]
  ) throws -> SeatModel.Hold? {
    let answer = try sale.hold(wanted, as: user)
    let same = holds.last { hold in
      hold.user == user && Set(hold.seats) == Set(wanted)
        && wanted.allSatisfy { model.seats[$0] == .held(user, hold.answer.number) }
    }
    if let same {
      guard case .heldBefore(let again) = answer else { throw TestFailure("\(answer)") }
      #expect(again.number == same.answer.number && again.endsAt == same.answer.endsAt)
      return nil
    }
    if let refusal = model.refusal(wanted, user) {
      #expect(answer == refusal)
      return nil
    }
    guard case .held(let held) = answer else { throw TestFailure("\(answer)") }
    for seat in wanted { model.seats[seat] = .held(user, held.number) }
    #expect(held.available == model.available)
    return SeatModel.Hold(user: user, seats: wanted, answer: held)
  }

  private func release(
    _ hold: SeatModel.Hold, _ sale: ScriptedSale, _ model: inout SeatModel
  ) throws {
    let number = hold.answer.number
    let answer = try sale.release(hold.answer, as: hold.user)
    switch model.seats[hold.seats[0]] {
    case .held(hold.user, number):
      for seat in hold.seats { model.seats[seat] = .available }
      #expect(
        answer == .released(heldFor: max(0, sale.now - number), available: model.available))
    case .sold(hold.user, number): #expect(answer == .confirmed)
    default: #expect(answer == .releasedBefore(available: model.available))
    }
  }

  private func confirm(
    _ hold: SeatModel.Hold, _ sale: ScriptedSale, _ model: inout SeatModel
  ) throws {
    let number = hold.answer.number
    let answer = try sale.confirm(hold.answer, as: hold.user)
    switch model.seats[hold.seats[0]] {
    case .held(hold.user, number):
      #expect(answer == .confirmed(hold.seats.sorted(), heldFor: max(0, sale.now - number)))
      for seat in hold.seats { model.seats[seat] = .sold(hold.user, number) }
    case .sold(hold.user, number): #expect(answer == .confirmedBefore(hold.seats.sorted()))
    default: #expect(answer == .expired)
    }
  }
}
