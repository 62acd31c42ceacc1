import Testing

@testable import Queue

@Suite("Anonymous users")
struct AnonymousUserTests {
  private func event(_ name: String) throws -> EventID { try #require(EventID(name)) }

  @Test("are somebody new each time")
  func unique() {
    let users = Set((0..<1000).map { _ in UserID.anonymous() })
    #expect(users.count == 1000)
    #expect(users.allSatisfy { $0.text.wholeMatch(of: /anon-[0-9a-f]{32}/) != nil })
  }

  @Test("with an idempotency key are the same person again, at the same event only")
  func idempotent() throws {
    let first = UserID.anonymous(idempotencyKey: "key-1", in: try event("a"))
    #expect(first != nil)
    #expect(first == UserID.anonymous(idempotencyKey: "key-1", in: try event("a")))
    #expect(first != UserID.anonymous(idempotencyKey: "key-2", in: try event("a")))
    #expect(first != UserID.anonymous(idempotencyKey: "key-1", in: try event("b")))
  }

  @Test("are named by a hash of the key, which says nothing of it")
  func hashed() throws {
    // printf 'e\nkey' | sha256sum | cut -c-32
    let user = UserID.anonymous(idempotencyKey: "key", in: try event("e"))
    #expect(user?.text == "anon-15fc723a6b0b8b789dda5bcf2c723bf2")
  }

  @Test(
    "cannot be had for a key that is no key", arguments: ["", "a b", "a\n", "é", "\u{7F}", "\0"])
  func noKey(key: String) throws {
    #expect(UserID.anonymous(idempotencyKey: key, in: try event("e")) == nil)
  }

  @Test("can be had for a key of 1 to 255 characters")
  func length() throws {
    for (length, isKey) in [(1, true), (255, true), (256, false)] {
      let key = String(repeating: "k", count: length)
      #expect((UserID.anonymous(idempotencyKey: key, in: try event("e")) != nil) == isKey)
    }
  }
}
