import Foundation
import Queue
import TestSupport
import Testing

extension WholeProgram {
  @Suite("tokens")
  struct TokensTests {
    static let secret = "the secret that all share"
    static let otherSecret = "the secret of another shop"

    @Test("a token that is not exactly ours is not found, and Redis hears nothing of it")
    func forgeries() throws {
      let fixture = try UsherFixture(redis: .standalone, secret: Self.secret)
      let gateway = fixture.gateway()
      let genuine = try token("show", "A")
      let monitor = try fixture.server.monitor()
      for forgery in try Self.forgeries(of: genuine) {
        let shown = Comment(rawValue: "\(forgery.debugDescription) for \(genuine)")
        for answer in [
          try gateway.status(of: forgery), try gateway.enter(with: forgery),
          try gateway.leave(with: forgery),
        ] {
          #expect(answer.status == 404, shown)
          #expect(answer.errorCode == "TOKEN_NOT_FOUND", shown)
        }
      }
      // What the back office asks by itself, with no event to look after and no secret to agree on.
      #expect(try monitor.lines().filter { !$0.isOfIdleSidecar } == [])
      #expect(try fixture.server.keys("*") == ["queue:epoch:{0}"])

      // The one that it all began with is good.
      #expect(try gateway.position(of: genuine) == 1)
      #expect(try monitor.lines().contains { $0.name == "ZSCORE" })
    }

    /// Every bit changed, every length short of the whole, and the kinds of swindle.
    static func forgeries(of genuine: String) throws -> [String] {
      let characters = Array(genuine.utf8)
      let flipped = characters.indices.flatMap { index in
        // The eighth bit would leave no UTF-8, which is no token of any kind.
        (0..<7).map { bit in
          var bytes = characters
          bytes[index] ^= 1 << UInt8(bit)
          return String(decoding: bytes, as: UTF8.self)
        }
      }
      let truncated = (1..<characters.count).map { String(genuine.prefix($0)) }
      let stranger = TokenSigner(current: try TokenSecret(bytes: Array(otherSecret.utf8)))
      return flipped + truncated + [
        genuine + "A", genuine + "=", genuine + genuine, " " + genuine, genuine + "\n",
        genuine.lowercased(), "A", "null", "{}", "queue:event:{show}", "\0", "\u{1F3AB}",
        String(repeating: "A", count: 300), String(repeating: "A", count: 10_000),
        try spliced("show", "other"), try spliced("other", "show"),
        try stranger.sign(waiting("show", "A")), try signer().sign(grant("show", "A")),
      ]
    }

    @Test("a grant is no waiting token, a waiting token is no grant, a stranger's is neither")
    func kinds() throws {
      let fixture = try UsherFixture(redis: .standalone, secret: Self.secret)
      let stranger = try UsherFixture(redis: .server(fixture.server), secret: Self.otherSecret)
      let gateway = fixture.gateway()
      let waiting = try gateway.token(joining: "show", as: "A")
      let grant = try gateway.grant(entering: waiting)
      for answer in [try gateway.verify(waiting), try stranger.gateway().verify(grant)] {
        #expect(try answer.flag("valid") == false)
        #expect(try answer.text("reason") == "unknown")
      }
      #expect(try gateway.enter(with: grant).errorCode == "TOKEN_NOT_FOUND")
      #expect(try gateway.status(of: grant).errorCode == "TOKEN_NOT_FOUND")
      #expect(try stranger.gateway().status(of: waiting).errorCode == "TOKEN_NOT_FOUND")
    }

    @Test(
      "entering again gives the same grant until it expires; verifying it then says so",
      arguments: RedisKind.all)
    func grants(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind, flags: ["--grant-ttl", "2s"])
      let gateway = fixture.gateway()
      // A grant lives no longer than usher may need to start.
      let other = try fixture.another(flags: ["--grant-ttl", "2s"])
      let waiting = try gateway.token(joining: "show", as: "A")
      let grant = try gateway.grant(entering: waiting)
      #expect(try gateway.grant(entering: waiting) == grant)
      #expect(try other.gateway().grant(entering: waiting) == grant)
      let worth = try gateway.verify(grant)
      #expect(try worth.flag("valid"))
      #expect(try worth.text("event_id") == "show")
      #expect(try worth.text("user_id") == "A")
      #expect((1...2).contains(try worth.integer("expires_in_sec")))

      try eventually("the grant expires") { try gateway.verify(grant).flag("valid") == false }
      #expect(try gateway.verify(grant).text("reason") == "expired")
      try eventually("it is no longer given") { try gateway.enter(with: waiting).status == 404 }
      #expect(try gateway.enter(with: waiting).errorCode == "ALREADY_ADMITTED")
      #expect(try AuditTrail(of: "show", in: fixture.store).admissions.count == 1)
    }

    @Test(
      "100 who enter at once with one token are one admission and have one grant",
      arguments: RedisKind.all)
    func oneGrant(_ kind: RedisKind) throws {
      let fixture = try UsherFixture(redis: kind)
      let waiting = try fixture.gateway().token(joining: "show", as: "A")
      let grants = try parallel(100) { _ in try fixture.gateway().grant(entering: waiting) }
      #expect(Set(grants).count == 1)
      #expect(try AuditTrail(of: "show", in: fixture.store).admissions.count == 1)
    }

    @Test("what the previous secret signed is accepted, and what it did not sign is not")
    func rotation() throws {
      let before = try UsherFixture(redis: .standalone, secret: Self.otherSecret)
      let waiting = try before.gateway().token(joining: "show", as: "A")
      let grant = try before.gateway().grant(
        entering: before.gateway().token(joining: "past", as: "A"))

      let files = try TemporaryDirectory()
      try Self.secret.write(toFile: files.path(of: "new"), atomically: true, encoding: .utf8)
      try Self.otherSecret.write(toFile: files.path(of: "old"), atomically: true, encoding: .utf8)
      let after = try UsherFixture(
        redis: .server(before.server),
        flags: [
          "--token-secret-file", files.path(of: "new"), "--token-previous-secret-file",
          files.path(of: "old"),
        ])
      let gateway = after.gateway()
      #expect(try gateway.position(of: waiting) == 1)
      #expect(try gateway.verify(grant).flag("valid"))
      // What is given now, the old sidecar cannot have made.
      let fresh = try gateway.token(joining: "show", as: "B")
      #expect(try before.gateway().status(of: fresh).errorCode == "TOKEN_NOT_FOUND")
      let third = try UsherFixture(
        redis: .server(before.server), secret: "a third secret of sixteen")
      #expect(try third.gateway().status(of: waiting).errorCode == "TOKEN_NOT_FOUND")
    }

    @Test("the status renews a token whose stamp is old, and that one is good as it is")
    func renewed() throws {
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--ticket-ttl", "6h"], secret: Self.secret)
      let gateway = fixture.gateway()
      let now = try fixture.time()
      let old = WaitingToken(
        event: try #require(EventID("show")), user: try #require(UserID("A")),
        ticket: Ticket(microseconds: now - 4 * 3_600_000_000))
      let answer = try gateway.status(of: Self.signer().sign(old))
      #expect(answer.status == 200)
      let text = try answer.text("waiting_token")
      let renewed = try #require(try Self.signer().waitingToken(text))
      #expect(renewed.ticket == old.ticket)
      #expect(renewed.stamp == old.stamp + 2 * 5_400_000_000)
      let again = try gateway.status(of: text)
      #expect(again.status == 200)
      #expect(!again.text.contains("waiting_token"))
      #expect(try gateway.join("show", as: "A").text("waiting_token") == text)
    }

    @Test(
      "sidecars that were given no secret sign with the same one, and say nothing of it",
      arguments: RedisKind.external)
    func agreement(_ kind: RedisKind) throws {
      let redis = try #require(try kind.start())
      let fixtures = try parallel(3) { _ in try UsherFixture(redis: .running(redis)) }
      let tokens = try fixtures.map { try $0.gateway().join("show", as: "A").text("waiting_token") }
      #expect(Set(tokens).count == 1)
      let place = try #require(try redis.store.send("HGET", "queue:secrets", "1").text)
      let secret = try #require(place.split(separator: " ").last)
      for fixture in fixtures { #expect(!fixture.usher.logLines.joined().contains(secret)) }
    }

    private static func signer() throws -> TokenSigner {
      TokenSigner(current: try TokenSecret(bytes: Array(secret.utf8)))
    }

    private func token(_ event: String, _ user: String) throws -> String {
      try Self.signer().sign(Self.waiting(event, user))
    }

    private static func waiting(_ event: String, _ user: String) throws -> WaitingToken {
      let now = Int64(Date().timeIntervalSince1970 * 1e6)
      return WaitingToken(
        event: try #require(EventID(event)), user: try #require(UserID(user)),
        ticket: Ticket(microseconds: now))
    }

    private static func grant(_ event: String, _ user: String) throws -> Grant {
      let token = try waiting(event, user)
      return Grant(
        event: token.event, user: token.user, admittedAt: token.ticket.microseconds,
        lifetimeSeconds: 30)
    }

    /// What one token says, with the signature of the other.
    private static func spliced(_ event: String, _ signed: String) throws -> String {
      let payload = try bytes(of: try signer().sign(waiting(event, "A"))).dropLast(16)
      let tag = try bytes(of: try signer().sign(waiting(signed, "A"))).suffix(16)
      return Data(payload + tag).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func bytes(of token: String) throws -> [UInt8] {
      let padding = String(repeating: "=", count: (4 - token.count % 4) % 4)
      let text = token.replacing("-", with: "+").replacing("_", with: "/") + padding
      return Array(try #require(Data(base64Encoded: text)))
    }
  }
}
