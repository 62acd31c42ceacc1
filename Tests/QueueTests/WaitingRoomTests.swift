import Loop
import Redis
import TestSupport
import Testing

@testable import Queue

@Suite("WaitingRoom")
struct WaitingRoomTests {
  private let under: RoomUnderTest

  init() throws {
    under = try RoomUnderTest(QueueSettings(admissionRate: 0, admissionBurst: 2))
  }

  private func place(_ outcome: JoinOutcome) throws -> Place {
    switch outcome {
    case .joined(let place), .alreadyWaiting(let place): place
    case .alreadyInside, .inSession, .alreadyAdmitted, .upcoming, .closed, .full, .soldOut,
      .unknownEvent, .tooManyEvents, .keptOut:
      throw TestFailure("\(outcome)")
    }
  }

  private func admission(_ outcome: EnterOutcome) throws -> Admission {
    guard case .granted(let admission) = outcome else { throw TestFailure("\(outcome)") }
    return admission
  }

  // MARK: Joining

  @Test("the joins of one turn are one script call, in the order in which they came")
  func oneTurn() throws {
    // The script is loaded and the snapshot fresh.
    _ = try under.join("first")
    let monitor = try under.server.monitor()
    let users = (0..<100).map { "p\($0)" }
    let places = try under.joinTogether(users)
    #expect(places.map(\.position) == Array(2...101))
    let lines = try monitor.lines()
    #expect(lines.calls(of: \.join).count == 1)
    #expect(lines.sent.count == 1)
    #expect(
      try under.redis.send("ZRANGE", under.keys.waiting.text, "0", "-1").texts
        == ["first"] + users)
  }

  @Test("whoever comes while a call is under way is in the next one, and nobody overtakes")
  func manyTurns() throws {
    _ = try under.join("first")
    let monitor = try under.server.monitor()
    var users: [String] = []
    var outcomes = 0
    for turn in 0..<20 {
      for number in 0..<30 {
        users.append("p\(turn)-\(number)")
        under.room.join(under.event, try #require(UserID(users[users.count - 1]))) { _ in
          outcomes += 1
        }
      }
      try under.loop.turn(waitingAtMost: .zero)
    }
    try under.wait("all have joined") { outcomes == 600 }
    #expect(
      try under.redis.send("ZRANGE", under.keys.waiting.text, "0", "-1").texts
        == ["first"] + users)
    #expect((3...21).contains(try monitor.lines().calls(of: \.join).count))
  }

  @Test("more than one call takes are split, and keep their order")
  func largeTurn() throws {
    _ = try under.join("first")
    let monitor = try under.server.monitor()
    let users = (0..<600).map { "p\($0)" }
    let places = try under.joinTogether(users)
    #expect(places.map(\.position) == Array(2...601))
    let calls = try monitor.lines().calls(of: \.join)
    let people = Set(users)
    #expect(calls.map { $0.arguments.count { people.contains($0) } } == [256, 256, 88])
  }

  @Test("joining again gives the very same token")
  func again() throws {
    let first = try place(under.join("a"))
    guard case .alreadyWaiting(let again) = try under.join("a") else {
      throw TestFailure("joined twice")
    }
    #expect(again.token == first.token)
    #expect(again.position == 1)
  }

  @Test("closed and full events say so")
  func refusals() throws {
    let small = try RoomUnderTest(QueueSettings(queueLimit: 1))
    _ = try small.join("a")
    #expect(try small.join("b") == .full)
    try small.redis.send("HSET", small.keys.state.text, "state", "closed")
    #expect(try small.join("b") == .closed)
  }

  // MARK: Looking

  @Test("a status is two commands that share a write, three near the door, and writes nothing")
  func cost() throws {
    let first = try place(under.join("a")).token
    let places = try under.joinTogether((0..<6).map { "p\($0)" })
    try countCommands(first, position: 1, ["ZSCORE", "ZRANK", "ZSCORE"])
    // As far as an older snapshot tells, the call may have come to those who joined since.
    let joined = Instant.now
    try under.wait("the snapshot is old") { Instant.now - joined > .milliseconds(1100) }
    try countCommands(places[5].token, position: 7, ["ZSCORE", "ZRANK"])
  }

  private func countCommands(_ token: String, position: Int, _ names: [String]) throws {
    // The snapshot is fresh.
    _ = try under.standing(token)
    let reads = try totalReads()
    let monitor = try under.server.monitor()
    #expect(try under.standing(token).position == position)
    let lines = try monitor.lines()
    #expect(lines.map(\.name) == names)
    // Redis read once from the room; what follows is the test's own: MONITOR, ECHO, and INFO.
    #expect(try totalReads() - reads == 1 + 3)
  }

  private func totalReads() throws -> Int {
    let statistics = try under.redis.send("INFO", "stats").text ?? ""
    let line = statistics.split(separator: "\r\n").first { $0.hasPrefix("total_reads_processed:") }
    return try #require(line.flatMap { Int($0.drop { $0 != ":" }.dropFirst()) })
  }

  @Test("statuses of one turn share a write")
  func sharedWrite() throws {
    let tokens = try under.joinTogether((0..<50).map { "p\($0)" }).map(\.token)
    let reads = try totalReads()
    var positions: [Int] = []
    for token in tokens {
      under.room.status(of: token) { result in
        if case .success(.waiting(let standing)) = result { positions.append(standing.position) }
      }
    }
    try under.wait("all are answered") { positions.count == 50 }
    #expect(positions.sorted() == Array(1...50))
    #expect(try totalReads() - reads == 1 + 1)
  }

  @Test("tells the place, the wait, whether it is ready, and how many wait")
  func standing() throws {
    let tokens = try under.joinTogether(["a", "b", "c"]).map(\.token)
    try under.wait("the snapshot is old") {
      under.room.line(of: under.event).isStale(at: under.loop.now)
    }
    let ready = try under.standing(tokens[1])
    #expect(ready.position == 2)
    #expect(ready.isReady)
    #expect(ready.eta == .called)
    #expect(ready.queueLength == 3)
    #expect(ready.waitedSeconds >= 1)
    #expect(!ready.hasResumed)
    let third = try under.standing(tokens[2])
    #expect(!third.isReady)
    #expect(third.eta == ETA(unknown: .stopped))
    #expect((3...7).contains(third.pollAfterSeconds))
  }

  @Test("however people poll, there is at most one pulse a second")
  func pulses() throws {
    let tokens = try under.joinTogether(["a", "b", "c"]).map(\.token)
    var random = SplitMix64(seed: 7)
    let end = Instant.now + .seconds(6)
    while Instant.now < end {
      let next = Instant.now + .milliseconds(Int.random(in: 1...400, using: &random))
      while Instant.now < next { try under.loop.turn(waitingAtMost: next - .now) }
      for token in tokens { _ = try under.standing(token) }
    }
    let pulses = under.recorder.calls.filter { $0.script == "pulse" }.map(\.at)
    #expect(pulses.count >= 4)
    for (pulse, next) in zip(pulses, pulses.dropFirst()) { #expect(next - pulse >= .seconds(1)) }
  }

  @Test("whoever polls is written down as present, and the event as active")
  func presence() throws {
    let token = try place(under.join("a")).token
    #expect(
      try under.redis.send("ZRANGE", EventKeys.events.text, "0", "-1").texts == ["e"])
    try under.redis.send("ZADD", under.keys.seen.text, "1", "a")
    try under.redis.send("DEL", EventKeys.events.text)
    _ = try under.status(token)
    try under.wait("the presence is written") {
      (try? under.redis.send("ZSCORE", under.keys.seen.text, "a").integer) ?? 0 > 1
    }
    #expect(
      try under.redis.send("ZRANGE", EventKeys.events.text, "0", "-1").texts == ["e"])
  }

  @Test("whoever was parked is back at the same place with the next poll")
  func parked() throws {
    let tokens = try under.joinTogether(["a", "b"]).map(\.token)
    try under.redis.send("ZREM", under.keys.waiting.text, "a")
    #expect(try under.standing(tokens[1]).position == 1)
    let back = try under.standing(tokens[0])
    #expect(back.position == 1)
    #expect(back.hasResumed)
    #expect(try !under.standing(tokens[0]).hasResumed)
    #expect(try under.standing(tokens[1]).position == 2)
  }

  // MARK: Ending the wait

  @Test("entering gives a grant that is valid, and the same again when repeated")
  func enter() throws {
    let token = try place(under.join("a")).token
    let first = try admission(under.enter(token))
    #expect(first.wait?.promise?.seconds == 0)
    #expect((29...30).contains(first.ttlSeconds))
    let again = try admission(under.enter(token))
    #expect(again.token == first.token)
    #expect(again.wait == nil)
    guard case .gone(.alreadyAdmitted(let inside?)) = try under.status(token) else {
      throw TestFailure("not inside")
    }
    #expect((28...30).contains(inside))
    #expect(try under.leave(token) == .gone(.alreadyAdmitted(insideSeconds: nil)))
    let grant = try #require(under.signer.grant(first.token))
    #expect(grant.user.text == "a")
    let end = grant.admittedAt + 30_000_000
    #expect(
      under.room.verify(first.token, at: end - 1)
        == .success(.valid(.grant(grant), expiresInSeconds: 1)))
    #expect(
      under.room.verify(first.token, at: grant.admittedAt)
        == .success(.valid(.grant(grant), expiresInSeconds: 30)))
    #expect(under.room.verify(first.token, at: end) == .success(.invalid(.expired)))
    #expect(under.room.verify(token, at: end) == .success(.invalid(.unknown)))
    guard case .success(.valid) = under.room.verify(first.token, for: grant.event) else {
      throw TestFailure("not valid at its own event")
    }
    let other = try #require(EventID("another"))
    #expect(under.room.verify(first.token, for: other) == .success(.invalid(.otherEvent)))
  }

  @Test("a grant is judged by Redis' clock, which any pulse of the process has measured")
  func verifyByRedisClock() throws {
    let token = try place(under.join("a")).token
    let grant = try admission(under.enter(token)).token
    guard case .success(.valid(let valid, _)) = under.room.verify(grant) else {
      throw TestFailure("not valid")
    }
    let time = valid.admittedAt
    #expect(under.room.clock.time(at: .now) / 60_000_000 - time / 60_000_000 <= 1)

    // A front that has not seen the event, while this machine's clock is 40 s ahead of Redis'.
    let clock = RedisClock()
    let room = WaitingRoom(
      loop: under.loop, redis: under.pool, signer: under.signer, settings: QueueSettings(),
      clock: clock)
    clock.measured(time + 1_000_000, at: under.loop.now)
    #expect(room.verify(grant) == .success(.valid(valid, expiresInSeconds: 29)))
    clock.measured(time + 31_000_000, at: under.loop.now)
    #expect(room.verify(grant) == .success(.invalid(.expired)))
  }

  @Test(
    "a person near the door is not told to be silent for longer than half of what is allowed there")
  func hints() throws {
    let settings = QueueSettings(admissionRate: 0.1, admissionBurst: 1)
    let under = try RoomUnderTest(settings)
    let places = try under.joinTogether((0..<20).map { "p\($0)" })
    let hints = try places.map { try under.standing($0.token).pollAfterSeconds }
    #expect(hints.prefix(3).allSatisfy { $0 <= 7 })
    #expect(hints.suffix(10).contains { $0 > 7 })
  }

  @Test("in a pause all are told to poll every 10 to 20 s, those who are called as well")
  func pausedHints() throws {
    let tokens = try under.joinTogether(["a", "b", "c"]).map(\.token)
    try under.redis.send("HSET", under.keys.state.text, "state", "paused")
    try under.wait("the snapshot is old") {
      under.room.line(of: under.event).isStale(at: under.loop.now)
    }
    for token in tokens {
      let standing = try under.standing(token)
      #expect((10...20).contains(standing.pollAfterSeconds))
      #expect(!standing.isReady)
    }
    #expect(try under.standing(tokens[0]).eta == .called)
    #expect(try under.standing(tokens[2]).eta == ETA(unknown: .paused))
  }

  @Test("a place is not lost by waiting for longer than ticket-ttl, as long as one polls")
  func outlivesTicketTTL() throws {
    let under = try RoomUnderTest(QueueSettings(ticketTTL: .seconds(2)))
    try under.redis.send("HSET", under.keys.state.text, "state", "paused")
    let tokens = try under.joinTogether(["polls", "silent"]).map(\.token)
    let end = Instant.now + .seconds(5)
    while Instant.now < end {
      _ = try under.standing(tokens[0])
      let next = Instant.now + .milliseconds(500)
      while Instant.now < next { try under.loop.turn(waitingAtMost: next - .now) }
    }
    #expect(try under.status(tokens[1]) == .gone(.expired))
    #expect(try under.standing(tokens[0]).position == 1)
  }

  @Test("whoever is not ready is told the place")
  func notReady() throws {
    let tokens = try under.joinTogether(["a", "b", "c"]).map(\.token)
    guard case .notReady(let standing) = try under.enter(tokens[2]) else {
      throw TestFailure("admitted")
    }
    #expect(standing.position == 3)
    #expect(standing.queueLength == 3)
    #expect(!standing.isReady)
  }

  @Test("what an admission took is gone from the next answer, without a new snapshot")
  func tokensTaken() throws {
    let tokens = try under.joinTogether(["a", "b", "c"]).map(\.token)
    _ = try admission(under.enter(tokens[0]))
    _ = try admission(under.enter(tokens[1]))
    let standing = try under.standing(tokens[2])
    #expect(standing.position == 1)
    #expect(!standing.isReady)
    #expect(standing.queueLength == 1)
  }

  @Test("leaving ends the wait, and can be repeated")
  func leave() throws {
    let tokens = try under.joinTogether(["a", "b"]).map(\.token)
    #expect(try under.leave(tokens[0]) == .left)
    #expect(try under.leave(tokens[0]) == .left)
    #expect(try under.status(tokens[0]) == .gone(.alreadyLeft))
    #expect(try under.enter(tokens[0]) == .gone(.alreadyLeft))
    #expect(try under.standing(tokens[1]).position == 1)
  }

  @Test("a token that is not ours costs no command")
  func forged() throws {
    let token = try place(under.join("a")).token
    let other = TokenSigner(current: try TokenSecret.random())
    let forged = other.sign(try #require(under.signer.waitingToken(token)))
    let monitor = try under.server.monitor()
    for text in ["", "x", String(token.dropLast()), token + "A", forged] {
      #expect(try under.status(text) == .gone(.notFound))
      #expect(try under.enter(text) == .gone(.notFound))
      #expect(try under.leave(text) == .gone(.notFound))
    }
    #expect(try monitor.lines().isEmpty)
  }

  // MARK: Losses

  @Test("after FLUSHALL all come back in their order, and nobody is admitted meanwhile")
  func flushed() throws {
    let users = (0..<200).map { "p\($0)" }
    let tokens = try under.joinTogether(users).map(\.token)
    try under.redis.send("FLUSHALL")
    let newcomer = try place(under.join("newcomer")).token
    guard case .notReady = try under.enter(newcomer) else { throw TestFailure("overtaken") }
    for token in tokens.reversed() {
      let standing = try under.standing(token)
      #expect(!standing.isReady)
      #expect(standing.hasResumed)
      // The rate is 0, and the bucket is empty after a loss.
      #expect(standing.eta == ETA(unknown: .stopped))
    }
    #expect(
      try under.redis.send("ZRANGE", under.keys.waiting.text, "0", "-1").texts
        == users + ["newcomer"])
    guard case .notReady = try under.enter(tokens[0]) else { throw TestFailure("too early") }
  }

  // MARK: Without a secret

  @Test("until the secret is known, everything fails as it does without Redis, and costs nothing")
  func noSigner() throws {
    let token = try place(under.join("a")).token
    let grant = try admission(under.enter(token)).token
    let young = try RoomUnderTest(server: under.server, signs: false)
    let monitor = try under.server.monitor()
    for error in [
      try failure { young.room.join(young.event, UserID("b")!, $0) },
      try failure { young.room.status(of: token, $0) },
      try failure { young.room.enter(with: token, $0) },
      try failure { young.room.leave(with: token, $0) },
    ] {
      #expect(error?.kind == .unavailable)
      #expect(error?.mayHaveHappened == false)
    }
    #expect(throws: RedisError.self) { try young.room.verify(grant).get() }
    #expect(try monitor.lines().isEmpty)
  }

  private func failure<Outcome>(
    _ start: (@escaping (Result<Outcome, RedisError>) -> Void) -> Void
  ) throws -> RedisError? {
    if case .failure(let error) = try under.result(start) { error } else { nil }
  }
}
