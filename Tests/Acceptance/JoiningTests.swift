import TestSupport
import Testing

extension WholeProgram {
  @Suite("joining")
  struct JoiningTests {
    @Test(
      "a person who joins 100 times at once has one place, and hears of it 100 times",
      arguments: RedisKind.all)
    func oneManyTimes(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind)
      let answers = try parallel(100) { _ in try fixture.gateway().join("show", as: "A") }

      #expect(answers.count { $0.status == 202 } == 1)
      #expect(answers.count { $0.status == 409 } == 99)
      #expect(
        answers.filter { $0.status == 409 }.allSatisfy { $0.errorCode == "DUPLICATE_REQUEST" })
      #expect(Set(try answers.map { try $0.text("waiting_token") }).count == 1)
      #expect(try answers.allSatisfy { try $0.integer("position_hint") == 1 })
      #expect(try fixture.line(at: "show") == ["A"])
    }

    /// Tickets in seconds, with ties broken by chance, once shuffled all people who came in the same
    /// second.
    @Test(
      "1,000 people who join one after another stand in the order in which they came",
      arguments: RedisKind.all)
    func manyInOrder(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: ["--fronts", "2"])
      // The kernel spreads connections over the fronts.
      let gateways = (0..<8).map { _ in fixture.gateway() }
      let people = (0..<1000).map { "person \($0)" }
      var hints: [Int] = []
      for (number, person) in people.enumerated() {
        let answer = try gateways[number % gateways.count].join("show", as: person)
        #expect(answer.status == 202)
        hints.append(try answer.integer("position_hint"))
      }
      #expect(hints == Array(1...1000))
      #expect(try fixture.line(at: "show") == people)
    }

    @Test(
      "people who join at the same time get different places, each in the order they came",
      arguments: RedisKind.all)
    func manyAtOnce(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: ["--fronts", "2"])
      let hints = try parallel(20) { thread in
        let gateway = fixture.gateway()
        return try (0..<50).map { number in
          try gateway.join("show", as: "\(thread)/\(number)").integer("position_hint")
        }
      }
      #expect(hints.joined().sorted() == Array(1...1000))
      #expect(hints.allSatisfy { $0 == $0.sorted() })
    }

    @Test(
      "a repeated join gives the same token and the present place, through any sidecar",
      arguments: RedisKind.all)
    func repeated(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind)
      let other = try fixture.another()
      let first = try fixture.gateway().token(joining: "show", as: "A")
      let second = try fixture.gateway().token(joining: "show", as: "B")
      for gateway in [fixture.gateway(), other.gateway()] {
        let answer = try gateway.join("show", as: "B")
        #expect(answer.status == 409)
        #expect(try answer.text("waiting_token") == second)
        #expect(try answer.integer("position_hint") == 2)
      }
      #expect(try other.gateway().leave(with: first).status == 200)
      #expect(try other.gateway().join("show", as: "B").integer("position_hint") == 1)
    }

    @Test("a join without a user id is a new person each time", arguments: RedisKind.all)
    func anonymous(_ kind: RedisKind) throws {
      let gateway = try UsherFixture(redis: kind).gateway()
      let tokens = try (0..<3).map { _ in try gateway.token(joining: "show") }
      #expect(Set(tokens).count == 3)
      #expect(try gateway.position(of: tokens[2]) == 3)
    }

    @Test("a name that only usher gives is refused, in words")
    func reservedName() throws {
      let gateway = try UsherFixture(redis: .standalone).gateway()
      for name in ["anon-", "anon-15fc723a6b0b8b789dda5bcf2c723bf2"] {
        let answer = try gateway.join("show", as: name)
        #expect(answer.status == 400)
        #expect(answer.errorCode == "INVALID_USER_ID")
        #expect(answer.text.contains("must not begin with anon-"))
      }
      #expect(try gateway.join("show", as: "anonymous").status == 202)
    }

    @Test(
      "an Idempotency-Key finds the place that it made, and no other event's",
      arguments: RedisKind.all)
    func idempotencyKey(_ kind: RedisKind) throws {
      let gateway = try UsherFixture(redis: kind).gateway()
      let key = [("Idempotency-Key", "8e03978e-40d5-43e8-bc93-6894a57f9324")]
      let first = try gateway.join("show", headers: key)
      #expect(first.status == 202)
      let retry = try gateway.join("show", headers: key)
      #expect(retry.status == 409)
      #expect(try retry.text("waiting_token") == first.text("waiting_token"))
      #expect(try gateway.join("other", headers: key).status == 202)
      let otherKey = try gateway.join("show", headers: [("Idempotency-Key", "another")])
      #expect(try otherKey.integer("position_hint") == 2)
      // A name says more than a key.
      #expect(try gateway.join("show", as: "A", headers: key).status == 202)
    }
  }
}
