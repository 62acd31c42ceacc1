import Loop
import TestSupport

@testable import Queue
@testable import Seats

/// One thing that happens to a sale. Holds are counted from the latest, 0, so that a shorter list of these
/// still makes sense.
enum SaleOperation {
  /// Time passes, in µs.
  case pass(Int64)
  /// Redis' clock steps by so many µs, though no time passes.
  case step(Int64)
  case hold([Int], person: Int, isLate: Bool)
  case release(hold: Int)
  case confirm(hold: Int)
  case furnish([Int])
  case retire(Int)
  case supply(Int, total: Int)
  case take(Int, person: Int)
  /// Redis forgets all, or the clock of the seats alone.
  case lose(everything: Bool)
  /// What Redis holds now is what it will come back with.
  case save
  /// Redis comes back with less than it had.
  case rollBack

  /// A history of so many operations.
  static func history(_ count: Int, seed: UInt64) -> [SaleOperation] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in operation(&random) }
  }

  private static func operation(_ random: inout SplitMix64) -> SaleOperation {
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func seats() -> [Int] { Array((0..<8).shuffled(using: &random).prefix(number(1...3))) }
    switch number(0...99) {
    case ..<20: return .pass(Int64(number(0...3_000_000)))
    case ..<21: return .pass(Int64([12, 400][number(0...1)]) * 1_000_000)
    case ..<23: return .step(Int64([-3_600, -20, -2, 12, 400][number(0...4)]) * 1_000_000)
    case ..<55: return .hold(seats(), person: number(0...4), isLate: number(0...9) == 0)
    case ..<67: return .release(hold: number(0...5))
    case ..<73: return .confirm(hold: number(0...5))
    case ..<78: return .furnish(seats())
    case ..<82: return .retire(number(0...7))
    case ..<85: return .supply(number(0...1), total: number(0...5))
    case ..<94: return .take(number(0...1), person: number(0...4))
    case ..<95: return .lose(everything: number(0...2) == 0)
    case ..<98: return .save
    default: return .rollBack
    }
  }
}

/// Does what a list of operations says, with the scripts and with the model, and compares them step by
/// step.
struct SaleHistory {
  private(set) var sold = 0
  private(set) var losses = 0

  static let settings = SeatSettings(holdTTL: .seconds(10), seatsPerPerson: 3)

  private let sale: ScriptedSale
  private var model = SaleModel(Self.settings)
  private var holds: [(user: String, held: HoldScript.Held)] = []
  private var saved: SaleModel?
  /// What a clock that never steps says, and what the caller makes of Redis' clock.
  private var monotonic = Instant(nanoseconds: 0)
  private var clock = ClockEstimate()

  /// Begins anew on the Redis of `sale`.
  init(on sale: ScriptedSale) throws {
    try sale.startOver(Self.settings)
    self.sale = sale
  }

  private struct Disagreement: Error { let text: String }

  /// The first step at which scripts and model differ, and how; nil if none does.
  mutating func firstFault(_ operations: [SaleOperation]) throws -> String? {
    for (step, operation) in operations.enumerated() {
      do {
        try apply(operation)
        try sweep()
        let inventory = model.seats.isEmpty ? nil : model.counts.available
        try expect(try sale.inventory(), inventory, "inventory")
        try expect(try sale.deliveries(), model.deliveries, "stream of sales")
      } catch let fault as Disagreement {
        return "step \(step): \(operation): \(fault.text)"
      } catch let error as ScriptError {
        return "step \(step): \(operation): \(error.message)"
      }
    }
    return nil
  }

  private func expect<Value: Equatable>(_ found: Value, _ said: Value, _ what: String) throws {
    if found != said { throw Disagreement(text: "\(what) is \(found), by the rules \(said)") }
  }

  /// What time it is for the scripts, µs.
  private var now: Int64 { SaleModel.time(sale.now, expecting: sale.estimate) }

  private mutating func sweep() throws {
    let reply = try sale.sweep()
    try expect(reply.snapshot, model.sweep(at: now), "snapshot")
    guard case .swept(_, _, let told) = reply.outcome else { return }
    try expect(told, sale.now, "what Redis' clock says")
    _ = clock.measured(told, sent: monotonic, received: monotonic)
    sale.estimate = clock.time(at: monotonic) ?? 0
  }

  private func seat(_ number: Int) -> String { "A-\(number)" }

  private func person(_ number: Int) -> String { "p\(number)" }

  private func hold(_ index: Int) -> (user: String, held: HoldScript.Held)? {
    holds.isEmpty ? nil : holds[max(0, holds.count - 1 - index)]
  }

  private mutating func apply(_ operation: SaleOperation) throws {
    let now = self.now
    switch operation {
    case .pass(let time):
      try sale.advance(.microseconds(time))
      monotonic = monotonic + .microseconds(time)
      sale.estimate = clock.time(at: monotonic) ?? 0
    case .step(let time): try sale.advance(.microseconds(time))
    case .hold(let numbers, let person, let isLate):
      try hold(numbers.map(seat), as: self.person(person), isLate: isLate)
    case .release(let index):
      guard let (user, held) = hold(index) else { return }
      let answer = try sale.release(held, as: user)
      try expect(answer, model.release(held, as: user, at: now), "answer")
    case .confirm(let index):
      guard let (user, held) = hold(index) else { return }
      let answer = try sale.confirm(held, as: user)
      try expect(answer, model.confirm(held, as: user, at: now), "answer")
      if case .confirmed = answer { sold += 1 }
    case .furnish(let numbers):
      let names = numbers.map(seat)
      try expect(try sale.furnish(names), model.furnish(names, at: now), "answer")
    case .retire(let number):
      let answer = try sale.retire(seat(number))
      try expect(answer, model.retire(seat(number), at: now), "answer")
    case .supply(let item, let total):
      try expect(try sale.supply("i\(item)", total), model.supply("i\(item)", total), "answer")
    case .take(let item, let person):
      let answer = try sale.take("i\(item)", as: self.person(person))
      try expect(answer, model.take("i\(item)", as: self.person(person)), "answer")
    case .lose(let everything): try lose(everything: everything)
    case .save:
      try sale.saveKeys()
      saved = model
    case .rollBack:
      guard let saved else { return }
      losses += 1
      try sale.restoreKeys()
      model = saved
    }
  }

  private mutating func hold(_ seats: [String], as user: String, isLate: Bool) throws {
    let grantEnd = isLate ? now : now + 30_000_000
    let answer = try sale.hold(seats, as: user, grantEnd: grantEnd)
    let said = model.hold(seats, as: user, grantEnd: grantEnd, at: now)
    try expect(answer, said, "answer")
    if case .held(let held) = answer { holds.append((user, held)) }
  }

  private mutating func lose(everything: Bool) throws {
    losses += 1
    if everything {
      try sale.loseKeys()
      model = SaleModel(Self.settings)
    } else {
      try sale.send("DEL", sale.keys.state.text)
      (model.last, model.hasPlan, model.aheadSince) = (0, false, nil)
    }
  }
}

extension SaleHistory {
  /// The first of the histories of these seeds that shows a fault, without what the fault does not need.
  static func search(
    _ seeds: ClosedRange<UInt64>, on sale: ScriptedSale
  ) throws -> (seed: UInt64, operations: [SaleOperation], fault: String)? {
    for seed in seeds {
      let operations = SaleOperation.history(120, seed: seed)
      var history = try SaleHistory(on: sale)
      if let fault = try history.firstFault(operations) { return (seed, operations, fault) }
    }
    return nil
  }

  /// Leaves out whatever the fault does not need.
  static func shrink(
    _ operations: [SaleOperation], on sale: ScriptedSale
  ) throws -> [SaleOperation] {
    var shortest = operations
    var start = 0
    while start < shortest.count {
      var shorter = shortest
      shorter.remove(at: start)
      var history = try SaleHistory(on: sale)
      if try history.firstFault(shorter) != nil { shortest = shorter } else { start += 1 }
    }
    return shortest
  }
}
