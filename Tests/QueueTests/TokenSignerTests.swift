import Testing

@testable import Queue

@Suite("TokenSigner")
struct TokenSignerTests {
  private let secret: TokenSecret
  private let signer: TokenSigner
  private let token: WaitingToken
  private let grant: Grant

  init() throws {
    secret = try TokenSecret(bytes: Array("a secret of the shop".utf8))
    signer = TokenSigner(current: secret)
    let event = try #require(EventID("concert-2025"))
    let user = try #require(UserID("김철수"))
    token = WaitingToken(
      event: event, user: user, ticket: Ticket(microseconds: 1_732_000_000_123_456))
    grant = Grant(
      event: event, user: user, admittedAt: 1_732_000_123_456_789, lifetimeSeconds: 30)
  }

  // MARK: What is genuine

  @Test("a token and a grant come back as they were signed")
  func roundTrip() {
    #expect(signer.waitingToken(signer.sign(token)) == token)
    #expect(signer.grant(signer.sign(grant)) == grant)
  }

  @Test("the longest and the shortest names come back, and the longest text is as long as promised")
  func extremes() throws {
    let longest = Grant(
      event: try #require(EventID(String(repeating: "e", count: 64))),
      user: try #require(UserID(String(repeating: "é", count: 64))),
      admittedAt: .max, lifetimeSeconds: .max)
    let text = signer.sign(longest)
    #expect(text.utf8.count == TokenSigner.longestText)
    #expect(signer.grant(text) == longest)
    let shortest = WaitingToken(
      event: try #require(EventID("e")), user: try #require(UserID("u")),
      ticket: Ticket(microseconds: .min))
    #expect(signer.waitingToken(signer.sign(shortest)) == shortest)
  }

  @Test("the same place gives the same text, from any signer with the secret")
  func pure() {
    #expect(signer.sign(token) == TokenSigner(current: secret).sign(token))
    #expect(signer.sign(grant) == TokenSigner(current: secret).sign(grant))
  }

  @Test("a text is what it was when its format was laid down, so releases understand each other")
  func golden() {
    #expect(
      signer.sign(token)
        == "AncJvMfHAAYnPqzCIkAABic-rMIiQAxjb25jZXJ0LTIwMjXquYDssqDsiJgF1xrNjTPlLzSOiWPoVaEE")
    #expect(
      signer.sign(seenLater)
        == "AncJvMfHAAYnPqzCIkAABic_7p-YQAxjb25jZXJ0LTIwMjXquYDssqDsiJiAHyVBbSaSvQYH7W8L77Kx")
    #expect(
      signer.sign(grant)
        == "AmcJvMfHAAYnPrQcDRUAAAAAAAAAHgxjb25jZXJ0LTIwMjXquYDssqDsiJiMTZ_h2vGwda2tZ6dfHCIt")
  }

  // MARK: Version 0.1

  /// What version 0.1 gave out under this secret.
  private static let ofVersion01 = (
    waiting: "AXcABic-rMIiQAxjb25jZXJ0LTIwMjXquYDssqDsiJiZOBP5VbqGK_tFoeZHwUeM",
    grant: "AWcABic-tBwNFQAAAAAAAAAeDGNvbmNlcnQtMjAyNeq5gOyyoOyImHy_pQ6_t-74nI8_gNpzffk"
  )

  @Test(
    "what version 0.1 gave out is good, whatever else is known", arguments: TokenFormat.allCases)
  func readsVersion01(format: TokenFormat) throws {
    let later = try (0..<7).map { try TokenSecret(bytes: Array("later secret, no. \($0)".utf8)) }
    for secrets in [
      TokenSecrets(current: secret), TokenSecrets(current: later[6], all: [secret] + later),
    ] {
      let signer = TokenSigner(secrets, format: format)
      #expect(signer.waitingToken(Self.ofVersion01.waiting) == token)
      #expect(signer.grant(Self.ofVersion01.grant) == grant)
    }
    let stranger = TokenSigner(TokenSecrets(current: later[0], all: later), format: format)
    #expect(stranger.waitingToken(Self.ofVersion01.waiting) == nil)
    #expect(stranger.grant(Self.ofVersion01.grant) == nil)
  }

  @Test("in its format the texts are those that version 0.1 reads")
  func writesVersion01() {
    let former = TokenSigner(current: secret, format: .version1)
    #expect(former.sign(token) == Self.ofVersion01.waiting)
    #expect(former.sign(grant) == Self.ofVersion01.grant)
    // It has no room for a stamp; what has one is read all the same.
    #expect(former.sign(seenLater) == Self.ofVersion01.waiting)
    #expect(former.waitingToken(signer.sign(seenLater)) == seenLater)
    #expect(former.grant(signer.sign(grant)) == grant)
  }

  // MARK: Stamps

  private var seenLater: WaitingToken {
    WaitingToken(
      event: token.event, user: token.user, ticket: token.ticket,
      stamp: token.ticket.microseconds + 5_400_000_000)
  }

  @Test("a stamp is a whole number of steps after the ticket, no later than the sign of life")
  func stamps() {
    let ticket = token.ticket.microseconds
    for (time, stamp) in [
      (ticket, ticket), (ticket + 99, ticket), (ticket + 100, ticket + 100),
      (ticket + 199, ticket + 100), (ticket + 1234, ticket + 1200),
      // A clock that stepped back, and one of which nothing is known.
      (ticket - 1, ticket), (0, ticket),
    ] {
      #expect(token.seen(at: time, steps: 100).stamp == stamp)
    }
    let seen = token.seen(at: ticket + 500, steps: 100)
    #expect(seen.seen(at: ticket + 450, steps: 100) == seen)
    #expect(seen.seen(at: ticket + 650, steps: 100).stamp == ticket + 600)
    #expect(signer.waitingToken(signer.sign(seen)) == seen)
    #expect(signer.sign(seen) != signer.sign(token))
  }

  @Test("another event, user, ticket, admission or lifetime gives another text")
  func everyFieldCounts() throws {
    let event = try #require(EventID("concert-2026"))
    let user = try #require(UserID("u"))
    let later = Ticket(microseconds: token.ticket.microseconds + 1)
    let tokens = [
      token, WaitingToken(event: event, user: token.user, ticket: token.ticket),
      WaitingToken(event: token.event, user: user, ticket: token.ticket),
      WaitingToken(event: token.event, user: token.user, ticket: later),
    ]
    let grants = [
      grant,
      Grant(event: grant.event, user: grant.user, admittedAt: 1, lifetimeSeconds: 30),
      Grant(
        event: grant.event, user: grant.user, admittedAt: grant.admittedAt, lifetimeSeconds: 31),
    ]
    #expect(Set(tokens.map(signer.sign) + grants.map(signer.sign)).count == 7)
  }

  // MARK: What is not

  @Test("a token with any one bit of its bytes flipped is refused")
  func flippedBits() throws {
    let bytes = try #require(Base64URL.decode(signer.sign(token)))
    for bit in 0..<bytes.count * 8 {
      var forged = bytes
      forged[bit / 8] ^= 1 << (bit % 8)
      #expect(signer.waitingToken(Base64URL.encode(forged)) == nil, "bit \(bit)")
    }
  }

  @Test("a grant with any one bit of its text flipped is refused")
  func flippedTextBits() {
    let text = Array(signer.sign(grant).utf8)
    for bit in 0..<text.count * 8 {
      var forged = text
      forged[bit / 8] ^= 1 << (bit % 8)
      #expect(signer.grant(String(decoding: forged, as: UTF8.self)) == nil, "bit \(bit)")
    }
  }

  @Test("every truncation and every extension is refused")
  func truncations() {
    let text = signer.sign(token)
    for length in 0..<text.utf8.count {
      #expect(signer.waitingToken(String(text.prefix(length))) == nil)
      #expect(signer.waitingToken(String(text.suffix(length))) == nil)
    }
    for extra in ["A", "AA", "AAA", "AAAA", "=", " ", "\n", "\0"] {
      #expect(signer.waitingToken(text + extra) == nil)
      #expect(signer.waitingToken(extra + text) == nil)
    }
  }

  @Test("the tag of another payload is refused")
  func transplantedTag() throws {
    let other = WaitingToken(
      event: token.event, user: token.user,
      ticket: Ticket(microseconds: token.ticket.microseconds - 1))
    let bytes = try #require(Base64URL.decode(signer.sign(token)))
    let donor = try #require(Base64URL.decode(signer.sign(other)))
    let forged = Base64URL.encode(bytes.dropLast(16) + donor.suffix(16))
    #expect(signer.waitingToken(forged) == nil)
  }

  @Test("a grant is no waiting token and a waiting token no grant")
  func kinds() {
    #expect(signer.waitingToken(signer.sign(grant)) == nil)
    #expect(signer.grant(signer.sign(token)) == nil)
  }

  @Test("a text of another version is refused, however well it is signed")
  func version() throws {
    let payload = Payload.bytes(
      .waiting, [1, 1], event: token.event, user: token.user, in: .version2, naming: secret.id)
    for version in UInt8.min ... .max where TokenFormat(byte: version) != .version2 {
      let other = [version] + payload.dropFirst()
      let tag = MessageAuthenticator(key: secret.bytes).tag(of: other.span)
      #expect(signer.waitingToken(Base64URL.encode(other + (0..<16).map { tag[$0] })) == nil)
    }
  }

  @Test(
    "texts that cannot be genuine are refused",
    arguments: [
      "", "A", "AAAA", String(repeating: "A", count: 22), String(repeating: "A", count: 64),
      String(repeating: "A", count: 10_000), String(repeating: "🎟", count: 20), "\0", "null",
    ])
  func nonsense(text: String) {
    #expect(signer.waitingToken(text) == nil)
    #expect(signer.grant(text) == nil)
  }

  @Test("more than the longest text is refused")
  func tooLong() {
    #expect(TokenSigner.longestText == 308)
    let text = signer.sign(token)
    let padded = text + String(repeating: "A", count: TokenSigner.longestText + 1 - text.count)
    #expect(signer.waitingToken(padded) == nil)
  }

  // MARK: Secrets

  @Test("a text signed with another secret is refused")
  func otherSecret() throws {
    let other = TokenSigner(current: try .random())
    #expect(signer.waitingToken(other.sign(token)) == nil)
    #expect(signer.grant(other.sign(grant)) == nil)
  }

  @Test("during a rotation the older secret still verifies and no longer signs")
  func previousSecret() throws {
    let newer = try TokenSecret.random()
    let rotated = TokenSigner(current: newer, previous: secret)
    #expect(rotated.waitingToken(signer.sign(token)) == token)
    #expect(rotated.grant(signer.sign(grant)) == grant)
    #expect(rotated.sign(token) == TokenSigner(current: newer).sign(token))
    #expect(TokenSigner(current: newer).waitingToken(signer.sign(token)) == nil)
  }

  @Test("a token names its secret: a name that is not known, or another's, is refused")
  func names() throws {
    let newer = try TokenSecret.random()
    let both = TokenSigner(current: newer, previous: secret)
    var bytes = try #require(Base64URL.decode(signer.sign(token)))
    #expect(Array(bytes[2..<6]) == secret.id.bytes)
    for name in [newer.id, try TokenSecret.random().id] {
      bytes.replaceSubrange(2..<6, with: name.bytes)
      #expect(both.waitingToken(Base64URL.encode(bytes)) == nil)
    }
  }

  @Test("a secret's name tells nothing of it, and is spelled in one way")
  func secretIDs() throws {
    #expect(secret.id.description == "09bcc7c7")
    #expect(SecretID("09bcc7c7") == secret.id)
    for text in ["", "09bcc7c", "09bcc7c70", "09BCC7C7", "09bcc7cg", "0x9bcc7c", "09bcc7c7\n"] {
      #expect(SecretID(text) == nil)
    }
  }

  @Test("with two secrets a third is still refused")
  func thirdSecret() throws {
    let rotated = TokenSigner(current: try .random(), previous: secret)
    #expect(rotated.waitingToken(TokenSigner(current: try .random()).sign(token)) == nil)
  }
}
