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

  @Test("a text is what it was when this format was laid down, so releases understand each other")
  func golden() {
    #expect(
      signer.sign(token)
        == "AXcABic-rMIiQAxjb25jZXJ0LTIwMjXquYDssqDsiJiZOBP5VbqGK_tFoeZHwUeM")
    #expect(
      signer.sign(grant)
        == "AWcABic-tBwNFQAAAAAAAAAeDGNvbmNlcnQtMjAyNeq5gOyyoOyImHy_pQ6_t-74nI8_gNpzffk")
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
    var payload = Payload.bytes(.waiting, [1], event: token.event, user: token.user)
    payload[0] = 2
    let tag = MessageAuthenticator(key: secret.bytes).tag(of: payload.span)
    let text = Base64URL.encode(payload + (0..<16).map { tag[$0] })
    #expect(signer.waitingToken(text) == nil)
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
    #expect(TokenSigner.longestText == 303)
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

  @Test("with two secrets a third is still refused")
  func thirdSecret() throws {
    let rotated = TokenSigner(current: try .random(), previous: secret)
    #expect(rotated.waitingToken(TokenSigner(current: try .random()).sign(token)) == nil)
  }
}
