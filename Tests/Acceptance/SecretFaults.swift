import Foundation
import Glibc
import Queue
import TestSupport
import Testing

extension WholeProgram {
  @Suite("token secrets", .tags(.fault))
  struct SecretFaults {
    /// Whether a waiting token is good at a sidecar, which may have to wait for others to say their secrets.
    private static func isGood(_ token: String, at gateway: Gateway) throws -> Bool {
      let answer = try gateway.status(of: token)
      guard answer.status == 404 else { return answer.status == 200 }
      #expect(answer.errorCode == "TOKEN_NOT_FOUND")
      return false
    }

    @Test(
      "a sidecar that starts right after FLUSHALL voids no token, and its own are good everywhere")
    func newcomer() throws {
      let redis = RedisKind.server(try RedisServer())
      let flags = ["--grant-ttl", "10m"]
      let old = try (0..<3).map { _ in try UsherFixture(redis: redis, flags: flags) }
      let grants = try old.enumerated().map { number, fixture in
        let token = try fixture.gateway().token(joining: "inside", as: "\(number)")
        return try fixture.gateway().grant(entering: token)
      }
      var tokens: [String] = []
      for round in 0..<4 {
        for (number, fixture) in old.enumerated() {
          tokens.append(try fixture.gateway().token(joining: "show-\(round)", as: "old \(number)"))
        }
        // In every other round none of them can speak before the newcomer does.
        let areFrozen = round.isMultiple(of: 2)
        if areFrozen { for fixture in old { try fixture.usher.kill(SIGSTOP) } }
        try old[0].server.send("FLUSHALL")
        let new = try UsherFixture(redis: redis, flags: flags)
        tokens.append(try new.gateway().token(joining: "late-\(round)", as: "new"))
        if areFrozen { for fixture in old { try fixture.usher.kill(SIGCONT) } }
        for (number, fixture) in (old + [new]).enumerated() {
          try eventually("all is good at \(number), round \(round)") {
            let gateway = fixture.gateway()
            return try tokens.allSatisfy { try Self.isGood($0, at: gateway) }
              && grants.allSatisfy { try gateway.verify($0).flag("valid") }
          }
        }
        #expect(try new.usher.terminate() == 0)
      }
      let places = try old[0].server.send("HVALS", "queue:secrets").texts
      #expect((2...5).contains(places.count))
      // A secret is in no log.
      let secrets = places.compactMap { $0.split(separator: " ").last }
      for fixture in old {
        let log = fixture.usher.logLines.joined()
        #expect(!secrets.contains { log.contains($0) })
      }
    }

    @Test("a revoked secret is good for nothing within seconds, and people can join again")
    func revoked() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      let token = try gateway.token(joining: "show", as: "A")
      let place = try #require(try fixture.server.send("HGET", "queue:secrets", "1").text)
      let id = try #require(place.split(separator: " ").first)
      try fixture.server.send("HSET", "queue:secrets", "1", "\(id) revoked")
      try eventually("it is refused") { try gateway.status(of: token).status == 404 }
      #expect(try gateway.join("show", as: "A").status == 409)
      try fixture.server.send("FLUSHALL")
      try eventually("it is remembered as revoked") {
        try fixture.server.send("HVALS", "queue:secrets").texts.contains {
          $0.hasPrefix(String(id)) && $0.hasSuffix("revoked")
        }
      }
      #expect(try gateway.status(of: token).status == 404)
    }

    // MARK: Version 0.1

    private static let former = "the secret of version 0.1, agreed on"

    private func signer(_ format: TokenFormat) throws -> TokenSigner {
      TokenSigner(current: try TokenSecret(bytes: Array(Self.former.utf8)), format: format)
    }

    @Test("what version 0.1 gave out is good, and its secret is taken over for good")
    func takesOver() throws {
      let redis = try RedisServer()
      try redis.send("SET", "queue:secret", Self.former)
      let fixture = try UsherFixture(redis: .server(redis))
      let gateway = fixture.gateway()
      let now = try fixture.time()
      let event = try #require(EventID("show"))
      let user = try #require(UserID("A"))
      let former = try signer(.version1)
      let token = former.sign(
        WaitingToken(event: event, user: user, ticket: Ticket(microseconds: now)))
      let grant = former.sign(
        Grant(event: event, user: user, admittedAt: now, lifetimeSeconds: 60))
      #expect(try gateway.position(of: token) == 1)
      #expect(try gateway.verify(grant).flag("valid"))
      let again = try gateway.join("show", as: "A")
      #expect(again.status == 409)
      #expect(
        try signer(.version2).waitingToken(again.text("waiting_token"))?.ticket
          == Ticket(microseconds: now))

      try redis.send("DEL", "queue:secret")
      let other = try UsherFixture(redis: .server(redis))
      #expect(try other.gateway().position(of: token) == 1)
      #expect(try redis.send("EXISTS", "queue:secret") == .integer(0))
    }

    @Test("with --token-format 1 everything given out is what version 0.1 reads")
    func formerFormat() throws {
      let flags = ["--token-format", "1"]
      let fixture = try UsherFixture(redis: .standalone, flags: flags)
      let gateway = fixture.gateway()
      guard case .bulk(let secret) = try fixture.server.send("GET", "queue:secret") else {
        throw TestFailure("there is no secret")
      }
      let former = TokenSigner(current: try TokenSecret(bytes: secret), format: .version1)
      let text = try gateway.token(joining: "show", as: "A")
      let token = try #require(former.waitingToken(text))
      #expect(former.sign(token) == text)
      let reservation = try gateway.grant(entering: text)
      let grant = try #require(former.grant(reservation))
      #expect(former.sign(grant) == reservation)

      // The second half of a rolling update: both are read by both.
      let later = try UsherFixture(redis: .server(fixture.server))
      let fresh = try later.gateway().token(joining: "show", as: "B")
      #expect(former.waitingToken(fresh) != nil && former.sign(token) != fresh)
      #expect(try gateway.position(of: fresh) == 1)
      #expect(try later.gateway().verify(reservation).flag("valid"))
      // Its key is put back for sidecars of version 0.1, as they do.
      try fixture.server.send("FLUSHALL")
      try eventually("the secret is published again") {
        try fixture.server.send("GET", "queue:secret") == .bulk(secret)
      }
    }
  }
}
