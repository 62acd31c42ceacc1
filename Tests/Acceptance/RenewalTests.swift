import Foundation
import Queue
import TestSupport
import Testing

extension WholeProgram {
  /// Files with secrets that change while usher runs; `RenewedCertificatesTests` has those of TLS.
  @Suite("secrets that are renewed while usher runs")
  struct RenewalTests {
    private let files: TemporaryDirectory

    init() throws {
      files = try TemporaryDirectory()
    }

    /// Puts a file in the place of the one before, as `mv` does.
    @discardableResult
    private func put(_ text: String, _ name: String) throws -> String {
      let path = files.path(of: name)
      try "\(text)\n".write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }

    /// A Redis whose default user has the password `first`, and that tests enter as another.
    private func redis() throws -> RedisServer {
      try RedisServer(
        [
          "--user", "default", "on", ">first", "~*", "&*", "+@all",
          "--user", "tests", "on", ">tests", "~*", "&*", "+@all",
        ], tcp: nil, in: TemporaryDirectory(), login: RedisLogin(user: "tests", password: "tests"))
    }

    /// Ends all connections of usher's.
    private func hangUp(_ redis: RedisServer) throws {
      try redis.send(["CLIENT", "KILL", "USER", "default"])
    }

    private func awaitRenewal(_ usher: UsherProcess, of what: String) throws {
      _ = try usher.awaitLogLine { $0.contains("files were read again") && $0.contains(what) }
    }

    @Test("a new password of Redis is used by new connections, and those that are up stay up")
    func password() throws {
      let redis = try redis()
      let fixture = try UsherFixture(
        redis: .server(redis), flags: ["--redis-password-file", try put("first", "password")])
      let gateway = fixture.gateway()
      #expect(try gateway.join("show", as: "A").status == 202)
      try redis.send(["ACL", "SETUSER", "default", ">second"])
      try put("second", "password")
      try awaitRenewal(fixture.usher, of: "the password of Redis")
      try redis.send(["ACL", "SETUSER", "default", "<first"])
      #expect(try gateway.join("show", as: "B").status == 202)
      try hangUp(redis)
      try eventually("new connections are let in") {
        try gateway.join("show", as: "C").status == 202
      }
      let log = fixture.usher.logLines.joined()
      #expect(!log.contains("WRONGPASS") && !log.contains("second"))
    }

    @Test("a password that Redis knows before usher does costs the time until the file is there")
    func lateFile() throws {
      let redis = try redis()
      let fixture = try UsherFixture(
        redis: .server(redis), flags: ["--redis-password-file", try put("first", "password")])
      let gateway = fixture.gateway()
      try redis.send(["ACL", "SETUSER", "default", ">second", "<first"])
      try hangUp(redis)
      _ = try fixture.usher.awaitLogLine { $0.contains("WRONGPASS") }
      #expect(try gateway.join("show", as: "A").errorCode == "REDIS_UNAVAILABLE")
      try put("second", "password")
      try eventually("new connections are let in") {
        try gateway.join("show", as: "A").status == 202
      }
    }

    @Test("a bad file changes nothing, and one line of the log says what is wrong with it")
    func badFile() throws {
      let redis = try redis()
      let path = try put("first", "password")
      let fixture = try UsherFixture(
        redis: .server(redis), flags: ["--redis-password-file", path])
      let gateway = fixture.gateway()
      try put("two\nlines", "password")
      let bad = try fixture.usher.awaitLogLine { $0.contains("cannot be used") }
      #expect(bad.contains(#""level":"error""#) && bad.contains("a password, in one line"))
      try hangUp(redis)
      try eventually("the old password is still good") {
        try gateway.join("show", as: "A").status == 202
      }
      try FileManager.default.removeItem(atPath: path)
      _ = try fixture.usher.awaitLogLine { $0.contains("No such file or directory") }
      try put("first", "password")
      try awaitRenewal(fixture.usher, of: "the password of Redis")
      #expect(fixture.usher.logLines.count { $0.contains("cannot be used") } == 2)
    }

    @Test("a new token secret signs what comes; what the old one signed stays good")
    func tokenSecret() throws {
      let (old, new) = ("the old secret of the shop", "the new secret of the shop")
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--token-secret-file", try put(old, "secret")])
      let gateway = fixture.gateway()
      let first = try gateway.token(joining: "show", as: "A")
      try put(new, "secret")
      try awaitRenewal(fixture.usher, of: "the token secret")
      let signer = TokenSigner(current: try TokenSecret(bytes: Array(new.utf8)))
      try eventually("the new secret signs") {
        signer.waitingToken(try gateway.token(joining: "show")) != nil
      }
      #expect(try gateway.position(of: first) == 1)
    }

    @Test("a token secret that is renewed before usher knows its Redis signs from the first on")
    func tokenSecretBeforeStore() throws {
      let new = "the new secret of the shop"
      let redis = try RedisServer()
      try redis.send(["ACL", "SETUSER", "default", "resetkeys"])
      let fixture = try UsherFixture(
        redis: .server(redis),
        flags: ["--token-secret-file", try put("the old secret of the shop", "secret")],
        readyWithin: nil)
      // It looks at its files by then.
      _ = try fixture.usher.awaitLogLine { $0.contains("NOPERM") }
      try put(new, "secret")
      try awaitRenewal(fixture.usher, of: "the token secret")
      #expect(try fixture.usher.metric("usher_ready") == 0)
      try redis.send(["ACL", "SETUSER", "default", "~*"])
      try fixture.usher.awaitReady()
      let signer = TokenSigner(current: try TokenSecret(bytes: Array(new.utf8)))
      #expect(signer.waitingToken(try fixture.gateway().token(joining: "show")) != nil)
    }

    @Test("a new admin token is the only one from then on")
    func adminToken() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone)
      let path = try #require(fixture.adminTokenFile)
      try "another token of the operator\n".write(toFile: path, atomically: true, encoding: .utf8)
      try awaitRenewal(fixture.usher, of: "the admin token")
      let seats = ["seats": ["A-1"]]
      #expect(try fixture.put("seats", seats, at: "show").status == 401)
      let token = "another token of the operator"
      #expect(try fixture.put("seats", seats, at: "show", token: token).status == 200)
    }

    @Test("SIGHUP has the files read at once, and ends nothing")
    func hangUpSignal() throws {
      let fixture = try UsherFixture(
        redis: .standalone, secret: "the secret that all share",
        adminToken: "the token of the operator")
      try fixture.usher.kill(SIGHUP)
      try awaitRenewal(fixture.usher, of: "the admin token")
      let plain = try UsherFixture(redis: .embedded)
      try plain.usher.kill(SIGHUP)
      _ = try plain.usher.awaitLogLine { $0.contains("there are none") }
      for fixture in [fixture, plain] {
        #expect(try fixture.gateway().join("show").status == 202)
        #expect(try fixture.usher.terminate() == 0)
      }
    }
  }
}
