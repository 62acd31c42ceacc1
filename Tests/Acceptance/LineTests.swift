import TestSupport
import Testing

extension WholeProgram {
  /// The three scenarios in which a place in line once never changed.
  @Suite("a line moves up, whichever Redis keeps it")
  struct LineTests {
    @Test("a person who is alone goes in, and waits no longer", arguments: RedisKind.all)
    func alone(_ kind: RedisKind) throws {
      let gateway = try UsherFixture(redis: kind).gateway()
      let token = try gateway.token(joining: "show", as: "A")
      #expect(try gateway.position(of: token) == 1)
      #expect(try gateway.enter(with: token).status == 200)
      let after = try gateway.status(of: token)
      #expect(after.status == 404)
      #expect(after.errorCode == "ALREADY_ADMITTED")
    }

    @Test("those behind move up as those ahead go in", arguments: RedisKind.all)
    func admissions(_ kind: RedisKind) throws {
      let gateway = try UsherFixture(redis: kind).gateway()
      let (a, b, c) = try threePeople(gateway)
      #expect(try gateway.position(of: c) == 3)
      #expect(try gateway.enter(with: a).status == 200)
      #expect(try gateway.position(of: c) == 2)
      #expect(try gateway.enter(with: b).status == 200)
      #expect(try gateway.position(of: c) == 1)
    }

    @Test("those behind move up when someone in the middle leaves", arguments: RedisKind.all)
    func leaving(_ kind: RedisKind) throws {
      let gateway = try UsherFixture(redis: kind).gateway()
      let (a, b, c) = try threePeople(gateway)
      #expect(try gateway.position(of: c) == 3)
      #expect(try gateway.leave(with: b).status == 200)
      #expect(try gateway.position(of: c) == 2)
      #expect(try gateway.position(of: a) == 1)
      #expect(try gateway.status(of: b).errorCode == "ALREADY_LEFT")
    }

    private func threePeople(_ gateway: Gateway) throws -> (String, String, String) {
      (
        try gateway.token(joining: "show", as: "A"), try gateway.token(joining: "show", as: "B"),
        try gateway.token(joining: "show", as: "C")
      )
    }
  }
}
