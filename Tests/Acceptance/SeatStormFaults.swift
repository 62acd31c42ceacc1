import Foundation
import Locking
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a storm on the seats", .tags(.fault, .long))
  struct SeatStormFaults {
    /// How Redis writes down what it has promised, and what a kill may cost then.
    struct Durability: Sendable, CustomTestStringConvertible {
      let fsync: String
      let seconds: Double
      /// What was told in so many seconds before a kill may be lost.
      let loss: Double

      var testDescription: String { fsync }
    }

    private static let durabilities = [
      Durability(fsync: "always", seconds: Selection.amount(normal: 12, long: 30), loss: 0),
      // The server writes to the file before it answers, unless an fsync is slow: then up to two
      // seconds later. See `appendfsync` in redis.conf.
      Durability(fsync: "everysec", seconds: 10, loss: 2),
    ]

    /// 50 people, 20 seats; Redis is killed twice and started again.
    @Test("no seat is lost, none sold twice, and the counts agree", arguments: durabilities)
    func storm(_ durability: Durability) throws {
      let redis = try RedisServer(["--appendonly", "yes", "--appendfsync", durability.fsync])
      let fixture = try UsherFixture.sellingSeats(
        redis: .server(redis),
        flags: [
          "--hold-ttl", "1s", "--seats-per-person", "3", "--fronts", "2", "--ready-grace", "60s",
        ])
      let storm = Storm(fixture: fixture, redis: redis, durability: durability)
      try fixture.putSeats(storm.seats)
      let (threads, people) = (10, 5)
      let parts = try parallel(threads + 2) { thread in
        switch thread {
        case threads: return try storm.killTwice()
        case threads + 1: return try storm.observe()
        default: return try storm.people((0..<people).map { "p\(thread)-\($0)" })
        }
      }
      var history = SeatHistory(holdTTL: 1)
      for part in parts { history.add(part) }
      #expect(history.holds.count > 100)
      #expect(history.sales.count > 3)
      #expect(history.doubleHolds() == [])
      try finish(storm, &history)
    }

    /// Lets all holds end, sells what is left, and compares what all people were told with the map.
    private func finish(_ storm: Storm, _ history: inout SeatHistory) throws {
      let redis = try storm.fixture.connectToSeats()
      try eventually("all holds have ended") { try SeatCensus("show", redis).holds.isEmpty }
      let gateway = storm.fixture.gateway()
      for (number, seat) in try SeatCensus("show", redis).seats("available").enumerated() {
        let hold = try gateway.hold([seat], as: "last \(number)").text("hold_id")
        #expect(try gateway.confirm(hold).status == 200)
        history.sales.append(
          SeatHistory.Bought(seats: [seat], user: "last \(number)", answered: storm.now))
      }
      let census = try SeatCensus("show", redis)
      #expect(census.fault(of: storm.seats.count) == nil)
      #expect(census.sold.count == storm.seats.count)
      #expect(storm.faults == [])
      let excuses = storm.excused
      #expect(history.lostSales(in: census.map, excusing: excuses) == [])
      history.sales.removeAll { excuses($0.answered) }
      #expect(history.doubleSales() == [])
      try eventually("it is sold out") {
        try gateway.hold([storm.seats[0]], as: "late").errorCode == "SOLD_OUT"
      }
    }
  }
}

/// What goes on at once, and what is seen of it.
private final class Storm: Sendable {
  let fixture: UsherFixture
  private let redis: RedisServer
  let seats = (1...20).map { "A-\($0)" }
  private let durability: WholeProgram.SeatStormFaults.Durability
  private let began = ContinuousClock.now
  private let kills = Lock<[Double]>([])
  private let seen = Lock<[String]>([])

  init(
    fixture: UsherFixture, redis: RedisServer, durability: WholeProgram.SeatStormFaults.Durability
  ) {
    self.fixture = fixture
    self.redis = redis
    self.durability = durability
  }

  /// Seconds since it began.
  var now: Double {
    let (seconds, attoseconds) = (ContinuousClock.now - began).components
    return Double(seconds) + Double(attoseconds) / 1e18
  }

  var isOver: Bool { now > durability.seconds }

  /// What the observer saw that must not be.
  var faults: [String] { seen.withLock { $0 } }

  /// Whether what was told at that time may have been lost.
  var excused: @Sendable (Double) -> Bool {
    let kills = kills.withLock { $0 }
    let loss = durability.loss
    return { time in kills.contains { time <= $0 && time > $0 - loss } }
  }

  func killTwice() throws -> SeatHistory {
    for third in 1...2 {
      let moment = durability.seconds * Double(third) / 3
      while now < moment { usleep(5_000) }
      try redis.kill(SIGKILL)
      kills.withLock { $0.append(now) }
      try redis.restart()
    }
    return SeatHistory(holdTTL: 1)
  }

  /// Looks all the time, in one step each time, whether everything agrees, and whether what is sold
  /// stays sold.
  func observe() throws -> SeatHistory {
    var sold: [String: (value: String, at: Double)] = [:]
    var looks = 0
    while !isOver {
      usleep(2_000)
      guard let redis = try? fixture.connectToSeats(),
        let census = try? SeatCensus("show", redis)
      else { continue }
      looks += 1
      if let fault = census.fault(of: seats.count) { note(fault) }
      for (seat, known) in sold where census.map[seat] != known.value && !excused(known.at) {
        note("\(seat) was \(known.value), and is \(census.map[seat] ?? "nothing")")
      }
      let before = sold
      sold = [:]
      for seat in census.seats("sold") {
        let value = census.map[seat] ?? ""
        let since = before[seat].flatMap { $0.value == value ? $0.at : nil }
        sold[seat] = (value, since ?? now)
      }
    }
    if looks < 100 { note("only \(looks) looks") }
    return SeatHistory(holdTTL: 1)
  }

  private func note(_ fault: String) {
    seen.withLock { if $0.count < 10 { $0.append(fault) } }
  }

  /// A few people who do what they like, one after another, over one connection.
  func people(_ users: [String]) throws -> SeatHistory {
    var gateway = fixture.gateway()
    var history = SeatHistory(holdTTL: 1)
    var holds: [String: (id: String, index: Int)] = [:]
    while !isOver {
      guard let user = users.randomElement() else { break }
      do {
        if let hold = holds.removeValue(forKey: user) {
          try end(hold, of: user, gateway, &history)
        } else {
          holds[user] = try hold(as: user, gateway, &history)
        }
      } catch {
        // Redis is away, or usher was too slow: no answer proves nothing.
        gateway = fixture.gateway()
      }
    }
    return history
  }

  private func hold(
    as user: String, _ gateway: Gateway, _ history: inout SeatHistory
  ) throws -> (id: String, index: Int)? {
    let wanted = Array(seats.shuffled().prefix(Int.random(in: 1...3)))
    let sent = now
    let answer = try gateway.hold(wanted, as: user)
    guard answer.status == 201 else { return nil }
    history.holds.append(
      SeatHistory.Held(seats: wanted, user: user, sent: sent, answered: now))
    return (try answer.text("hold_id"), history.holds.count - 1)
  }

  /// Releases mostly, lets it end at times, and seldom buys, so that there are seats for long.
  private func end(
    _ hold: (id: String, index: Int), of user: String, _ gateway: Gateway,
    _ history: inout SeatHistory
  ) throws {
    switch Double.random(in: 0..<1) {
    case ..<0.2: return
    case ..<(0.2 + 0.6 / durability.seconds):
      history.holds[hold.index].endAsked = now
      let answer = try gateway.confirm(hold.id)
      guard answer.status == 200, case .array(let names)? = try answer.members()["seat_ids"] else {
        return
      }
      let bought = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
      history.sales.append(SeatHistory.Bought(seats: bought, user: user, answered: now))
    default:
      history.holds[hold.index].endAsked = now
      _ = try gateway.release(hold.id)
    }
  }
}
