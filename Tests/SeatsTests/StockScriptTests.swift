import TestSupport
import Testing

@testable import Seats

@Suite("take.lua and supply.lua")
struct StockScriptTests {
  private let sale: ScriptedSale

  init() throws {
    sale = try ScriptedSale(seats: [])
  }

  private func deliveries() throws -> [[String]] {
    try (sale.send("XRANGE", sale.keys.stockStream.text, "-", "+").elements ?? [])
      .map { $0.elements?.last?.texts ?? [] }
  }

  @Test("each person gets one, in the order in which they came, and the stream has each")
  func takes() throws {
    _ = try sale.supply("coupon", 2)
    #expect(try sale.take("coupon", as: "ann") == .taken(TakenItem(number: 1, remaining: 1)))
    #expect(try sale.take("coupon", as: "ann") == .takenBefore(TakenItem(number: 1, remaining: 1)))
    #expect(try sale.take("coupon", as: "bob") == .taken(TakenItem(number: 2, remaining: 0)))
    #expect(try sale.take("coupon", as: "cyd") == .soldOut)
    #expect(try sale.take("coupon", as: "bob") == .takenBefore(TakenItem(number: 2, remaining: 0)))
    #expect(try sale.take("badge", as: "ann") == .unknownItem)
    #expect(
      try deliveries() == [
        ["epoch", "0", "op", "take", "item", "coupon", "user", "ann", "number", "1"],
        ["epoch", "0", "op", "take", "item", "coupon", "user", "bob", "number", "2"],
      ])
  }

  @Test("10,000 people take 1,000 at once: the first 1,000 that Redis saw get one, and no other")
  func rush() throws {
    _ = try sale.supply("coupon", 1000)
    let (people, threads) = (10_000, 20)
    let commands = (0..<people).map {
      sale.command(\.take, sale.takeArguments("coupon", as: "person \($0)"))
    }
    let server = sale.server
    let monitor = try server.monitor()
    let answers = try parallel(threads) { thread in
      try server.connect().send(
        pipeline: stride(from: thread, to: people, by: threads).map { commands[$0] })
    }.flatMap { $0 }.map { try ScriptedSale.read($0) as TakeScript.Reply }
    let taken = answers.filter { if case .taken = $0 { true } else { false } }
    #expect(taken.count == 1000)
    #expect(answers.count { $0 == .soldOut } == 9000)
    #expect(try sale.send("XLEN", sale.keys.stockStream.text) == .integer(1000))
    #expect(try sale.send("ZSCORE", sale.keys.forSale.stockLeft.text, "coupon") == .text("0"))

    let calls = try monitor.lines().filter { $0.name == "EVALSHA" && !$0.isFromScript }
    #expect(calls.count == people)
    let seen = calls.prefix(1000).map { $0.arguments.dropLast(3).last ?? "" }
    #expect(try deliveries().map { $0[7] } == seen)
    #expect(try deliveries().map { $0[9] } == (1...1000).map(String.init))
  }

  @Test("the stock can be raised and lowered, and never below what was taken")
  func supply() throws {
    #expect(try sale.supply("coupon", 1) == .done(total: 1, taken: 0))
    _ = try sale.take("coupon", as: "ann")
    #expect(try sale.supply("coupon", 3) == .done(total: 3, taken: 1))
    #expect(try sale.supply("coupon", 3) == .done(total: 3, taken: 1))
    #expect(try sale.take("coupon", as: "bob") == .taken(TakenItem(number: 2, remaining: 1)))
    #expect(try sale.supply("coupon", 1) == .belowTaken(2))
    #expect(try sale.supply("coupon", 2) == .done(total: 2, taken: 2))
    #expect(try sale.take("coupon", as: "cyd") == .soldOut)
    #expect(try sale.supply("coupon", 3) == .done(total: 3, taken: 2))
    #expect(try sale.take("coupon", as: "cyd") == .taken(TakenItem(number: 3, remaining: 0)))
  }

  @Test("an event has no more items than it may")
  func items() throws {
    func supply(_ item: String) throws -> SupplyOutcome {
      try sale.supply(item, 1, itemLimit: 2)
    }
    #expect(try supply("a") == .done(total: 1, taken: 0))
    #expect(try supply("b") == .done(total: 1, taken: 0))
    #expect(try supply("c") == .tooManyItems)
    #expect(try supply("b") == .done(total: 1, taken: 0))
  }

  @Test("a grant must last, but who has taken already is told so")
  func grant() throws {
    _ = try sale.supply("coupon", 2)
    let grant = sale.grant("ann", age: 30)
    #expect(try sale.take("coupon", as: "ann", grant: grant) == .grantExpired)
    let good = sale.grant("ann", lifetime: 1)
    let first = TakenItem(number: 1, remaining: 1)
    #expect(try sale.take("coupon", as: "ann", grant: good) == .taken(first))
    try sale.advance(.seconds(1))
    #expect(try sale.take("coupon", as: "ann", grant: good) == .takenBefore(first))
    #expect(
      try sale.send("ZSCORE", sale.keys.forSale.served.text, "ann").integer == sale.now - 1_000_000)
  }
}
