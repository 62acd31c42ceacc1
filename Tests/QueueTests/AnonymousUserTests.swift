import Testing

@testable import Queue

@Suite("Anonymous users")
struct AnonymousUserTests {
  private func event(_ name: String) throws -> EventID { try #require(EventID(name)) }

  private func secret(_ text: String) throws -> TokenSecret {
    try TokenSecret(bytes: Array(text.utf8))
  }

  private func name(
    _ key: String, in event: String = "e", by signer: TokenSigner
  ) throws -> UserID? {
    try signer.anonymousNames(#require(IdempotencyKey(key)), in: self.event(event)).first
  }

  private var signer: TokenSigner {
    get throws { TokenSigner(current: try secret("a secret of the shop")) }
  }

  @Test("are somebody new each time")
  func unique() {
    let users = Set((0..<1000).map { _ in UserID.anonymous() })
    #expect(users.count == 1000)
    #expect(users.allSatisfy { $0.text.wholeMatch(of: /anon-[0-9a-f]{32}/) != nil })
    #expect(users.allSatisfy { $0.isAnonymous })
  }

  @Test("with an idempotency key are the same person again, at the same event only")
  func idempotent() throws {
    let signer = try signer
    let first = try name("key-1", in: "a", by: signer)
    #expect(first == (try name("key-1", in: "a", by: signer)))
    #expect(first != (try name("key-2", in: "a", by: signer)))
    #expect(first != (try name("key-1", in: "b", by: signer)))
  }

  @Test("are named with the secret: who knows the key cannot tell the name")
  func hashed() throws {
    // printf '\\0person\ne\nkey' | openssl sha256 -hmac 'a secret of the shop', the first half
    #expect(try name("key", by: signer)?.text == "anon-4f6433805d686aa67f9f763d53c3e6b6")
    let other = TokenSigner(current: try secret("the secret of another"))
    #expect(try name("key", by: other) != name("key", by: signer))
  }

  @Test("keep their names when another secret is agreed on, and are found under every known one's")
  func rotation() throws {
    let (old, new) = (try secret("a secret of the shop"), try secret("the secret of tomorrow"))
    let key = try #require(IdempotencyKey("key"))
    let event = try event("e")
    let rotated = TokenSigner(TokenSecrets(current: new, all: [old, new]))
    #expect(try name("key", by: rotated) == name("key", by: signer))
    let names = rotated.anonymousNames(key, in: event)
    #expect(names.count == 2)
    #expect(names[1] == TokenSigner(current: new).anonymousNames(key, in: event)[0])
  }

  @Test("have the names of version 0.1 while tokens are its tokens, too")
  func ofVersion01() throws {
    let signer = TokenSigner(current: try secret("a secret of the shop"), format: .version1)
    // printf 'e\nkey' | sha256sum | cut -c-32
    #expect(try name("key", by: signer)?.text == "anon-15fc723a6b0b8b789dda5bcf2c723bf2")
  }

  @Test("have names that no client can choose")
  func reserved() {
    for (text, isAnonymous) in [
      ("anon-", true), ("anon-1", true), ("anon", false), ("Anon-1", false), ("an-anon-1", false),
    ] {
      #expect(UserID(text)?.isAnonymous == isAnonymous)
    }
  }

  @Test(
    "cannot be had for a key that is no key", arguments: ["", "a b", "a\n", "é", "\u{7F}", "\0"])
  func noKey(key: String) {
    #expect(IdempotencyKey(key) == nil)
  }

  @Test("can be had for a key of 1 to 255 characters")
  func length() {
    for (length, isKey) in [(1, true), (255, true), (256, false)] {
      #expect((IdempotencyKey(String(repeating: "k", count: length)) != nil) == isKey)
    }
  }
}
