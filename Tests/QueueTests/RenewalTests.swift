import Loop
import TestSupport
import Testing

@testable import Queue

@Suite("Renewed tokens and names")
struct RenewalTests {
  private func place(_ outcome: JoinOutcome) throws -> (place: Place, isNew: Bool) {
    switch outcome {
    case .joined(let place): return (place, true)
    case .alreadyWaiting(let place): return (place, false)
    default: throw TestFailure("\(outcome)")
    }
  }

  @Test("who takes the token of each answer keeps the place through a loss of everything")
  func outlivesLoss() throws {
    let under = try RoomUnderTest(QueueSettings(ticketTTL: .seconds(4)))
    let first = try under.joinTogether(["renews", "keeps"]).map(\.token)
    var tokens = first
    var renewals = 0
    let end = Instant.now + .milliseconds(5200)
    while Instant.now < end {
      for person in [0, 1] {
        let standing = try under.standing(tokens[person])
        guard person == 0, let renewed = standing.renewedToken else { continue }
        renewals += 1
        #expect(try under.standing(renewed).renewedToken == nil)
        tokens[0] = renewed
      }
      let next = Instant.now + .milliseconds(200)
      while Instant.now < next { try under.loop.turn(waitingAtMost: next - .now) }
    }
    // A quarter of the ticket's life is a second.
    #expect((4...6).contains(renewals))
    // Who joins again is told as much.
    let again = try place(under.join("keeps")).place.token
    #expect(again != first[1])
    #expect(try under.standing(first[1]).position == 2)

    try under.redis.send("FLUSHALL")
    #expect(try under.standing(tokens[0]).hasResumed)
    #expect(try under.standing(again).position == 2)
    // Redis knows of no sign of life, and these tell of none but the joining.
    try under.redis.send("FLUSHALL")
    for token in first { #expect(try under.status(token) == .gone(.expired)) }
  }

  @Test("tokens of version 0.1 stay as they are")
  func formerTokens() throws {
    let under = try RoomUnderTest(QueueSettings(ticketTTL: .seconds(2)))
    let secret = try TokenSecret(bytes: Array("a secret of the tests".utf8))
    under.room.signer = TokenSigner(current: secret, format: .version1)
    let token = try place(under.join("a")).place.token
    let end = Instant.now + .seconds(1)
    while Instant.now < end { #expect(try under.standing(token).renewedToken == nil) }
    #expect(try place(under.join("a")).place.token == token)
    // This version renews them when it may.
    under.room.signer = TokenSigner(current: secret)
    let renewed = try #require(try under.standing(token).renewedToken)
    #expect(try under.standing(renewed).position == 1)
  }

  @Test("a retry finds the person whom its key stood for under any known secret")
  func anonymous() throws {
    let under = try RoomUnderTest()
    let secrets = try ["of the first days", "of a later month"].map {
      try TokenSecret(bytes: Array($0.utf8))
    }
    let keys = try ["key-1", "key-2", "key-3"].map { try #require(IdempotencyKey($0)) }
    func join(_ key: IdempotencyKey) throws -> (place: Place, isNew: Bool) {
      try place(under.result { under.room.join(under.event, key, $0) }.get())
    }
    // Two sidecars after a loss, each with a secret of its own.
    under.room.signer = TokenSigner(current: secrets[0])
    #expect(try join(keys[0]).isNew)
    under.room.signer = TokenSigner(current: secrets[1])
    #expect(try join(keys[1]).isNew)
    #expect(try under.enter(join(keys[1]).place.token) != .gone(.notFound))

    for current in secrets {
      under.room.signer = TokenSigner(TokenSecrets(current: current, all: secrets))
      #expect(try !join(keys[0]).isNew)
    }
    #expect(try join(keys[2]).isNew)
    // A person who was let in is known by the name as well, and is no newcomer under another.
    let names = under.room.signer?.anonymousNames(keys[1], in: under.event).map(\.text) ?? []
    let repeated = try under.result { under.room.join(under.event, keys[1], $0) }.get()
    guard case .alreadyInside = repeated else { throw TestFailure("\(repeated)") }
    let line = try under.redis.send("ZRANGE", under.keys.waiting.text, "0", "-1").texts
    #expect(names.count == 2 && !names.contains(where: line.contains))
  }
}
