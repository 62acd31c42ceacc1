import Glibc
import TestSupport
import Testing

extension WholeProgram {
  @Suite("no person loses their place", .tags(.fault))
  struct LossFaults {
    /// Long enough for all people to poll, also where many programs want the processor at once.
    static let window: Int64 = 25

    /// A line that has lost everything, and one token at a time for those who come back.
    private struct LostLine {
      let fixture: UsherFixture
      let people: [String]
      let tokens: [String]

      init(people count: Int) throws {
        fixture = try UsherFixture(
          redis: .standalone,
          flags: [
            "--rebuild-window", "\(LossFaults.window)s", "--admission-burst", "1",
            "--admission-rate", "10", "--presence-ttl", "10m", "--presence-head-ttl", "10m",
            "--redis-timeout", "5s",
          ])
        let fixture = fixture
        let threads = 8
        let joined = try parallel(threads) { thread in
          let gateway = fixture.gateway()
          return try (0..<count / threads).map { number in
            let person = "\(thread)/\(number)"
            return (person, try gateway.token(joining: "show", as: person))
          }
        }
        let tokens = Dictionary(uniqueKeysWithValues: joined.joined())
        people = try fixture.line(at: "show")
        self.tokens = people.compactMap { tokens[$0] }
        #expect(self.tokens.count == count)
        try fixture.server.send("FLUSHALL")
      }
    }

    @Test("10,000 people keep their order when Redis has forgotten everything")
    func flush() throws {
      let lost = try LostLine(people: 10_000)
      let (fixture, tokens) = (lost.fixture, lost.tokens)
      let gateway = fixture.gateway()

      let newcomers = (0..<20).map { "newcomer \($0)" }
      let newTokens = try newcomers.map { try gateway.token(joining: "show", as: $0) }
      for token in newTokens {
        let answer = try gateway.enter(with: token)
        #expect(answer.errorCode == "NOT_READY")
        #expect(try answer.integer("eta_sec") > 0)
      }
      #expect(try gateway.enter(with: tokens[9_999]).errorCode == "NOT_READY")

      // Of an event that no sidecar knows, nobody can say that it has lost nothing.
      let elsewhere = try gateway.token(joining: "elsewhere", as: "A")
      #expect(try gateway.enter(with: elsewhere).errorCode == "NOT_READY")

      // On a slow machine the window may be over when the first polls, the last of all.
      #expect(Set(try pollLastFirst(lost)).subtracting([0]) == [])
      #expect(try fixture.line(at: "show") == lost.people + newcomers)

      try awaitFirst(lost, ahead: [tokens[1], tokens[99], newTokens[0]])
      let began = try RebuildWindow.begin(of: "show", ofStore: 0, in: fixture.server)
      let admissions = try AuditTrail(of: "show", in: fixture.store).admissions
      #expect(admissions.map(\.user) == [lost.people[0]])
      #expect(admissions[0].at >= began + Self.window * 1_000_000)
      #expect(try gateway.position(of: tokens[9_999]) == 9_999)
      #expect(try gateway.position(of: newTokens[0]) == 10_000)
    }

    /// All people poll, over eight connections, and enter if told to: what a status knows of the loss
    /// may be a second old. Returns the places of those who were let in.
    private func pollLastFirst(_ lost: LostLine) throws -> [Int] {
      let (fixture, tokens) = (lost.fixture, lost.tokens)
      let threads = 8
      let admitted = try parallel(threads) { thread in
        let gateway = fixture.gateway()
        return try stride(from: tokens.count - 1 - thread, through: 0, by: -threads).filter {
          let answer = try gateway.status(of: tokens[$0])
          guard answer.status == 200 else { throw TestFailure("\(answer.status) \(answer.text)") }
          // Ten thousand bodies are not taken apart while the window closes.
          if answer.text.contains(#""ready_for_entry":false"#) { return false }
          return try gateway.enter(with: tokens[$0]).status == 200
        }
      }
      return admitted.flatMap { $0 }
    }

    /// Waits until the first in line is let in. All the time those behind try first.
    private func awaitFirst(_ lost: LostLine, ahead others: [String]) throws {
      let gateway = lost.fixture.gateway()
      try eventually("the first is let in", within: .seconds(40)) {
        for other in others {
          #expect(try gateway.enter(with: other).errorCode == "NOT_READY")
        }
        usleep(50_000)
        return try gateway.enter(with: lost.tokens[0]).status == 200
      }
    }

    @Test("tokens hold when Redis has also forgotten the secret they are signed with")
    func secret() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      let secret = try fixture.server.send("HGET", "queue:secrets", "1")
      try fixture.server.send("FLUSHALL")
      #expect(try gateway.position(of: token) == 1)
      try eventually("the secret is published again") {
        try fixture.server.send("HGET", "queue:secrets", "1") == secret
      }
      // So a sidecar that starts afterwards knows it.
      let other = try UsherFixture(redis: .server(fixture.server))
      #expect(try other.gateway().position(of: token) == 1)
    }
  }
}
