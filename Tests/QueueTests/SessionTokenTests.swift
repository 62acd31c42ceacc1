import Testing

@testable import Queue

@Suite("Session tokens", .tags(.computation))
struct SessionTokenTests {
  private let secret: TokenSecret
  private let session = Session(
    event: EventID("concert-2025")!,
    name: SessionName(user: UserID("김철수: ann")!, grantBegan: 1_732_000_000_123_456),
    endsAt: 1_732_000_600_123)

  init() throws {
    secret = try TokenSecret(bytes: Array("a secret of the tests".utf8))
  }

  @Test(
    "a session says the same in each format, and each is read",
    arguments: TokenFormat.allCases)
  func roundTrip(format: TokenFormat) throws {
    let signer = TokenSigner(current: secret, format: format)
    let text = signer.sign(session)
    #expect(text == signer.sign(session))
    for reader in TokenFormat.allCases.map({ TokenSigner(current: secret, format: $0) }) {
      #expect(reader.session(text) == session)
      #expect(reader.pass(text) == .session(session))
    }
  }

  @Test("no token of another kind is a session, and a session none of theirs")
  func kinds() throws {
    let signer = TokenSigner(current: secret)
    let grant = Grant(
      event: session.event, user: session.name.user, admittedAt: session.name.grantBegan,
      lifetimeSeconds: 30)
    let waiting = WaitingToken(
      event: session.event, user: session.name.user,
      ticket: Ticket(microseconds: session.name.grantBegan), stamp: session.endsAt)
    #expect(signer.session(signer.sign(grant)) == nil)
    #expect(signer.session(signer.sign(waiting)) == nil)
    #expect(signer.grant(signer.sign(session)) == nil)
    #expect(signer.waitingToken(signer.sign(session)) == nil)
    #expect(signer.pass(signer.sign(waiting)) == nil)
    #expect(signer.pass(signer.sign(grant)) == .grant(grant))
    #expect(Pass.grant(grant).name == Pass.session(session).name)
  }

  @Test("a session that another secret signed, or that was changed, is none")
  func forgeries() throws {
    let signer = TokenSigner(current: secret)
    let text = signer.sign(session)
    let other = TokenSigner(
      current: try TokenSecret(bytes: Array("the secret of another shop".utf8)))
    #expect(other.session(text) == nil)
    for place in text.indices {
      var changed = text
      let character: Character = text[place] == "A" ? "B" : "A"
      changed.replaceSubrange(place...place, with: String(character))
      #expect(signer.session(changed) == nil)
    }
  }

  @Test("a session's end may be any number that is signed")
  func anyEnd() {
    for end in [Int64.min, -1, 0, .max] {
      let endless = Session(event: session.event, name: session.name, endsAt: end)
      #expect((0...Int64.max / 2).contains(Pass.session(endless).endsAt))
    }
  }

  @Test("a session's name is read as the scripts write it, whatever the user is called")
  func names() throws {
    #expect(SessionName("1732000000123456:김철수: ann") == session.name)
    for text in ["", ":", "12", "12:", "x:ann", "ann"] { #expect(SessionName(text) == nil) }
  }
}
