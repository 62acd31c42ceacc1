import Testing

@testable import Queue

@Suite("What is left to sell")
struct ForSaleScriptTests {
  private let event: ScriptedEvent
  private let forSale = ForSaleKeys(EventID("e")!)

  init() throws {
    event = try ScriptedEvent(
      QueueSettings(admissionRate: 10, admissionBurst: 100, seatsPerPerson: 1))
  }

  private func setInventory(_ seats: Int, held: Int = 0) throws {
    try event.send("SET", forSale.inventory.text, "\(seats)")
    try event.send("DEL", forSale.holds.text)
    for number in 0..<held {
      try event.send("ZADD", forSale.holds.text, "\(event.now)", "A-\(number)")
    }
  }

  /// A person inside has got what they came for.
  private func serve(_ user: String, admittedAt: Int64?) throws {
    try event.send("ZADD", forSale.served.text, "\(admittedAt ?? 0)", user)
  }

  // MARK: Sold out

  @Test("it is sold out when there was something, nothing is left, and nothing may come back")
  func soldOut() throws {
    #expect(try event.pulse().isSoldOut == false)
    try setInventory(1)
    #expect(try event.pulse().isSoldOut == false)
    try setInventory(0, held: 1)
    #expect(try event.pulse().isSoldOut == false)
    try setInventory(0)
    #expect(try event.pulse().isSoldOut)
    try event.send("ZADD", forSale.stockLeft.text, "1", "coupon", "0", "badge")
    #expect(try event.pulse().isSoldOut == false)
    try event.send("ZADD", forSale.stockLeft.text, "0", "coupon")
    #expect(try event.pulse().isSoldOut)
  }

  @Test("nobody joins for nothing if that is wanted; who waits already keeps the place")
  func join() throws {
    try setInventory(1)
    let early = try event.join(["a"], refuses: true)
    guard case .joined(let ticket, 1, _, _) = early[0] else {
      throw ScriptError(message: "\(early)")
    }
    try setInventory(0)
    #expect(
      try event.join(["b", "a"], refuses: true)
        == [.soldOut, .waiting(ticket: ticket, position: 1, callLeft: 60_000)])
    #expect(try event.join(["b"])[0] != .soldOut)
  }

  // MARK: Admission within the inventory

  /// Lets people in who may, in their order; when each was admitted.
  private func admit(_ tickets: [(user: String, ticket: Int64)]) throws -> [Int64] {
    try tickets.compactMap { try event.enter($0.user, $0.ticket).admittedAt }
  }

  private func join(_ users: [String]) throws -> [(user: String, ticket: Int64)] {
    try users.map { ($0, try event.ticket(of: $0)) }
  }

  @Test("no more people are inside than is left, and whoever is served or gone makes room")
  func bound() throws {
    try setInventory(3)
    try event.set("admit_within_inventory", "yes")
    let people = try join((0..<8).map { "p\($0)" })
    let admitted = try admit(people)
    #expect(admitted.count == 3)
    #expect(try event.denial("p3", people[3].ticket)?.position == 1)

    // One holds a seat: two are left, for the two who are inside.
    try setInventory(2)
    try serve("p0", admittedAt: admitted[0])
    #expect(try admit(Array(people[3...])).isEmpty)
    // And gives it back, with nothing in hand: again three are inside, for three.
    try setInventory(3)
    try event.send("ZREM", forSale.served.text, "p0")
    #expect(try admit(Array(people[3...])).isEmpty)
    // The grants end unused.
    try event.advance(.seconds(31))
    #expect(try admit(Array(people[3...])).count == 3)
    try setInventory(0)
    try event.advance(.seconds(31))
    #expect(try admit(Array(people[6...])).isEmpty)
  }

  @Test("each of those inside may still take as many seats as a person may")
  func severalSeats() throws {
    event.settings.seatsPerPerson = 4
    try setInventory(10)
    try event.set("admit_within_inventory", "yes")
    let people = try join((0..<8).map { "p\($0)" })
    // The third of them gets two seats at least.
    let admitted = try admit(people)
    #expect(admitted.count == 3)
    // One takes four: six are left, and three that person may not take. Two others may take four each.
    try setInventory(6)
    try serve("p0", admittedAt: admitted[0])
    #expect(try admit(Array(people[3...])).isEmpty)
    // With twelve, one is left beside these eleven: it is for the next, who is called.
    try setInventory(12)
    #expect(try event.pulse().tokens == 0)
    #expect(Array(try event.calls()[0].keys) == ["p3"])
    try setInventory(6)
    // When the grants have ended, what is left is for others, to the last seat.
    try event.advance(.seconds(31))
    #expect(try admit(Array(people[3...])).count == 2)
    try setInventory(1)
    try event.advance(.seconds(31))
    #expect(try admit(Array(people[5...])).count == 1)
  }

  @Test("of each item a person may take one, and where there is only one, who has something has it")
  func stock() throws {
    try event.set("admit_within_inventory", "yes")
    try event.send("ZADD", forSale.stockLeft.text, "2", "coupon")
    let people = try join((0..<6).map { "p\($0)" })
    let admitted = try admit(people)
    #expect(admitted.count == 2)
    try event.send("ZADD", forSale.stockLeft.text, "1", "coupon")
    try serve("p0", admittedAt: admitted[0])
    #expect(try admit(Array(people[2...])).isEmpty)
    // Both who are inside may take a badge, too.
    try event.send("ZADD", forSale.stockLeft.text, "5", "badge")
    #expect(try admit(Array(people[2...])).count == 3)
  }

  @Test("while nothing is known to be for sale, nobody is let in; without the bound all may be")
  func nothingForSale() throws {
    try event.set("admit_within_inventory", "yes")
    let people = try join((0..<4).map { "p\($0)" })
    #expect(try admit(people).isEmpty)
    try setInventory(2)
    #expect(try admit(people).count == 2)
    // All seats are taken off the list.
    try event.send("DEL", forSale.inventory.text)
    try event.advance(.seconds(31))
    #expect(try admit(Array(people[2...])).isEmpty)
    try event.set("admit_within_inventory", "no")
    #expect(try admit(Array(people[2...])).count == 2)
  }

  @Test("whoever comes in again is inside again, although they have something already")
  func again() throws {
    try setInventory(1)
    try event.set("admit_within_inventory", "yes")
    let first = try #require(try event.enter("a", event.ticket(of: "a")).admittedAt)
    try serve("a", admittedAt: first)
    // The grant has ended.
    try event.advance(.seconds(31))
    #expect(try event.enter("a", event.ticket(of: "a")).isAdmitted)
    #expect(try event.denial("b", event.ticket(of: "b")) != nil)
  }

  /// A person who is inside joins again at a sidecar of version 0.1, which does not know that.
  private func ticketOfVersion01(_ user: String) throws -> Int64 {
    try event.send("RENAME", event.keys.inside.text, "inside")
    let ticket = try event.ticket(of: user)
    try event.send("RENAME", "inside", event.keys.inside.text)
    return ticket
  }

  @Test("one seat lets in one person, though people join again and leave")
  func oneSeat() throws {
    try setInventory(1)
    try event.set("admit_within_inventory", "yes")
    let people = try join((0..<10).map { "p\($0)" })
    var admitted = 0
    for (user, ticket) in people where try event.enter(user, ticket).isAdmitted {
      admitted += 1
      guard case .inside = try event.join(user)[0] else { throw ScriptError(message: "outside") }
      #expect(try event.leave(user, ticketOfVersion01(user)) == .left)
    }
    #expect(admitted == 1)
    try event.advance(.seconds(31))
    #expect(try admit(Array(people[1...])).count == 1)
  }

  @Test("the pulse tells no one that they may enter who may not, and only when it is wanted")
  func pulse() throws {
    _ = try join((0..<5).map { "p\($0)" })
    // Five are called; two more could get something.
    try setInventory(7)
    #expect(try event.pulse().tokens == 95)
    try event.set("admit_within_inventory", "yes")
    #expect(try event.pulse().tokens == 2)
    // The bucket itself is as full as it was.
    try event.set("admit_within_inventory", "no")
    #expect(try event.pulse().tokens == 95)
  }

  @Test("nobody is parked early while nothing is left for them")
  func park() throws {
    (event.settings.admissionRate, event.settings.admissionBurst) = (0, 2)
    try setInventory(1)
    try event.set("admit_within_inventory", "yes")
    _ = try join((0..<4).map { "p\($0)" })
    #expect(Array(try event.calls()[0].keys) == ["p0"])
    var seconds = 0
    while try event.park() == .parked(0, forgotten: 0), seconds < 100 {
      try event.advance(.seconds(1))
      try event.pulse("p0", "p1")
      seconds += 1
    }
    #expect(seconds == 61)
    #expect(try event.line() == ["p0", "p1"])
  }
}
