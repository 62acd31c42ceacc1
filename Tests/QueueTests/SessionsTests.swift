import Loop
import TestSupport
import Testing

@testable import Queue

/// Two rooms before one Redis, each on a loop of its own, as two sidecars are.
@Suite("Sessions")
struct SessionsTests {
  private let under: RoomUnderTest
  private let other: RoomUnderTest

  init() throws {
    under = try RoomUnderTest()
    other = try RoomUnderTest(server: under.server)
  }

  private func admit(_ user: String) throws -> String {
    guard case .joined(let place) = try under.join(user) else { throw TestFailure("no place") }
    guard case .granted(let admission) = try under.enter(place.token) else {
      throw TestFailure("\(user) is not let in")
    }
    return admission.token
  }

  private func start(_ grant: String) throws -> String {
    let outcome = try under.result { under.room.startSession(with: grant, $0) }.get()
    guard case .started(let session) = outcome else { throw TestFailure("\(outcome)") }
    return session.token
  }

  private func end(_ token: String, at room: RoomUnderTest) throws -> SessionEndOutcome {
    try room.result { room.room.endSession(with: token, $0) }.get()
  }

  private func worth(_ token: String, at room: RoomUnderTest) throws -> VerifyOutcome {
    try room.result { room.room.check(token, $0) }.get()
  }

  private func isValid(_ token: String, at room: RoomUnderTest) throws -> Bool {
    if case .valid = try worth(token, at: room) { true } else { false }
  }

  @Test("ten exchanges of one grant, at two sidecars, are one session")
  func oneSession() throws {
    let grant = try admit("a")
    var outcomes: [SessionOutcome] = []
    for room in [under, other] {
      for _ in 0..<5 {
        room.room.startSession(with: grant) {
          if case .success(let one) = $0 { outcomes.append(one) }
        }
      }
    }
    try under.wait("this one answers") { outcomes.count >= 5 }
    try other.wait("the other answers") { outcomes.count == 10 }
    let tokens = Set(
      outcomes.map { outcome in
        switch outcome {
        case .started(let session), .running(let session): session.token
        case .refused: "refused"
        }
      })
    #expect(tokens.count == 1)
    #expect(!tokens.contains("refused"))
    #expect(outcomes.count { if case .started = $0 { true } else { false } } == 1)
    #expect(try isValid(try #require(tokens.first), at: other))
  }

  @Test("a session that ended at one sidecar is refused by the other within two seconds")
  func endedElsewhere() throws {
    let grant = try admit("a")
    let copy = try start(grant)
    #expect(try isValid(copy, at: other))
    #expect(try isValid(grant, at: other))
    #expect(try end(copy, at: under) == .ended)
    let began = Instant.now
    #expect(try worth(copy, at: under) == .invalid(.ended))
    while try isValid(copy, at: other) {
      try #require(Instant.now - began < .seconds(2), "the copy still works elsewhere")
      try other.loop.turn(waitingAtMost: .milliseconds(20))
    }
    #expect(try worth(copy, at: other) == .invalid(.ended))
    // So is the grant that it was made of, and nothing new is made of either.
    #expect(try worth(grant, at: other) == .invalid(.ended))
    for token in [copy, grant] {
      let outcome = try other.result { other.room.renewSession(with: token, $0) }.get()
      #expect(outcome == .refused(.ended))
    }
    let again = try other.result { other.room.startSession(with: grant, $0) }.get()
    #expect(again == .refused(.ended))
    #expect(try end(copy, at: other) == .endedBefore)
    #expect(try end(copy, at: under) == .endedBefore)
  }

  @Test("a sidecar that has not met the event learns first which sessions have ended")
  func stranger() throws {
    let copy = try start(try admit("a"))
    #expect(try end(copy, at: under) == .ended)
    #expect(try worth(copy, at: other) == .invalid(.ended))
  }

  @Test("an end that was answered is in Redis")
  func endIsWritten() throws {
    let copy = try start(try admit("a"))
    #expect(try end(copy, at: under) == .ended)
    #expect(try under.redis.send("ZCARD", under.keys.inside.text).integer == 0)
    #expect(try under.redis.send("ZCARD", under.keys.ended.text).integer == 1)
  }

  @Test("a renewal prolongs the session, in Redis with the next pulse")
  func renewal() throws {
    let token = try start(try admit("a"))
    let first = try #require(under.signer.session(token)?.endsAt)
    try under.loop.turn(waitingAtMost: .milliseconds(20))
    let outcome = try under.result { under.room.renewSession(with: token, $0) }.get()
    guard case .running(let renewed) = outcome else { throw TestFailure("\(outcome)") }
    let later = try #require(under.signer.session(renewed.token)?.endsAt)
    #expect(later > first)
    try under.wait("Redis hears of it") {
      (try? under.redis.send("ZSCORE", under.keys.inside.text, "a").text) == "\(later)"
    }
    #expect(try isValid(renewed.token, at: other))
  }

  @Test("who is inside and joins again gets the grant, and then the session")
  func joinInside() throws {
    let grant = try admit("a")
    guard case .alreadyInside(let admission) = try under.join("a") else {
      throw TestFailure("is not inside by a grant")
    }
    #expect(admission.token == grant)
    let session = try start(grant)
    guard case .inSession(let found) = try under.join("a") else {
      throw TestFailure("is not inside by a session")
    }
    #expect(found.token == session)
    #expect(try end(session, at: under) == .ended)
    guard case .joined = try under.join("a") else { throw TestFailure("may not join again") }
  }

  @Test("what no session is changes nothing")
  func noSession() throws {
    for token in ["", "forged", try admit("a") + "A"] {
      #expect(try worth(token, at: under) == .invalid(.unknown))
      #expect(try end(token, at: under) == .refused(.unknown))
      let started = try under.result { under.room.startSession(with: token, $0) }.get()
      #expect(started == .refused(.unknown))
    }
    let session = try start(try admit("b"))
    let exchanged = try under.result { under.room.startSession(with: session, $0) }.get()
    #expect(exchanged == .refused(.unknown))
    let event = try #require(EventID("another"))
    let elsewhere = try under.result { under.room.check(session, for: event, $0) }.get()
    #expect(elsewhere == .invalid(.otherEvent))
  }

  @Test("after a loss the ended sessions are refused everywhere again")
  func loss() throws {
    let copy = try start(try admit("a"))
    #expect(try end(copy, at: under) == .ended)
    #expect(try worth(copy, at: under) == .invalid(.ended))
    try under.redis.send("FLUSHALL")
    try under.wait("the end is written back") {
      _ = try? worth(copy, at: under)
      return (try? under.redis.send("ZCARD", under.keys.ended.text).integer) == 1
    }
    #expect(try worth(copy, at: other) == .invalid(.ended))
  }
}
