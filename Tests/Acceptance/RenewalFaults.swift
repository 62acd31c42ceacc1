import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// `deploy/test --long`: a quarter of an hour, and ten renewals.
  @Suite("people come and go while all that Redis is shown is renewed", .tags(.fault, .long))
  struct RenewalFaults {
    /// What both sides show each other at one time.
    private struct Generation {
      let password: String
      let authority: Certificates.Files
      let server: Certificates.Files
      let client: Certificates.Files
    }

    private let certificates: Certificates
    private let live: MountedFiles
    private let port: UInt16

    init() throws {
      certificates = try Certificates()
      live = try MountedFiles()
      guard case .tcp(let number) = try LocalAddress.freePort() else {
        throw TestFailure("no port")
      }
      port = number
    }

    private func generation(_ number: Int) throws -> Generation {
      let authority = try certificates.authority("authority-\(number)")
      return Generation(
        password: "password \(number)", authority: authority,
        server: try certificates.certificate(
          "server-\(number)", for: "IP:127.0.0.1", by: authority),
        client: try certificates.certificate("client-\(number)", for: "DNS:usher", by: authority))
    }

    /// What usher shows and trusts: the CAs of all `trusted`.
    private func mount(_ present: Generation, trusting trusted: [Generation]) throws {
      try live.mount([
        "password": present.password, "client.crt": present.client.certificateText,
        "client.key": present.client.keyText,
        "ca.crt": trusted.map { try $0.authority.certificateText }.joined(),
      ])
    }

    /// What Redis shows and trusts; the file of CAs is a new one each time.
    private func settings(
      of present: Generation, trusting trusted: [Generation], _ step: String
    ) throws -> [String] {
      let authorities = try certificates.file(
        "clients-\(step).crt", trusted.map { try $0.authority.certificateText }.joined())
      return [
        "tls-cert-file", present.server.certificate, "tls-key-file", present.server.key,
        "tls-ca-cert-file", authorities,
      ]
    }

    private func redis(_ first: Generation) throws -> RedisServer {
      let tls = try settings(of: first, trusting: [first], "0").enumerated().map {
        $0.isMultiple(of: 2) ? "--\($1)" : $1
      }
      return try RedisServer(
        [
          "--tls-port", "\(port)", "--tls-auth-clients", "yes",
          "--user", "usher", "on", ">\(first.password)", "~*", "+@all",
        ] + tls)
    }

    private func awaitRenewal(_ number: Int, by usher: UsherProcess) throws {
      for what in ["the password of Redis", "the certificates for Redis"] {
        try eventually("\(what) is read for the \(number). time") {
          usher.logLines.count {
            $0.contains("files were read again") && $0.contains(what)
          } >= number
        }
      }
    }

    /// Old and new are good on both sides first, and then the old ones nowhere.
    private func renew(
      _ old: Generation, to new: Generation, number: Int, _ redis: RedisServer,
      _ usher: UsherProcess
    ) throws {
      func configure(_ present: Generation, trusting trusted: [Generation], _ step: String) throws {
        let words = try settings(of: present, trusting: trusted, "\(number)-\(step)")
        let reply = try redis.send(["CONFIG", "SET"] + words)
        guard reply == .status("OK") else { throw TestFailure("CONFIG SET: \(reply)") }
      }
      try mount(old, trusting: [old, new])
      try redis.send(["ACL", "SETUSER", "usher", ">\(new.password)"])
      try awaitRenewal(3 * number - 2, by: usher)
      try configure(new, trusting: [old, new], "both")
      try mount(new, trusting: [old, new])
      try awaitRenewal(3 * number - 1, by: usher)
      try configure(new, trusting: [new], "new")
      try redis.send(["ACL", "SETUSER", "usher", "<\(old.password)"])
      try mount(new, trusting: [new])
      try awaitRenewal(3 * number, by: usher)
      // Every connection is made anew; what was under way is sent again.
      try redis.send(["CLIENT", "KILL", "USER", "usher"])
    }

    @Test("no request fails of it")
    func soak() throws {
      let (count, pause) = Selection.amount(
        normal: (2, Duration.seconds(1)), long: (10, Duration.seconds(85)))
      var present = try generation(0)
      try mount(present, trusting: [present])
      let redis = try redis(present)
      let fixture = try UsherFixture(
        redis: .server(redis, url: "rediss://127.0.0.1:\(port)"),
        flags: [
          "--redis-username", "usher", "--redis-password-file", live.path(of: "password"),
          "--redis-tls-ca", live.path(of: "ca.crt"),
          "--redis-tls-cert", live.path(of: "client.crt"),
          "--redis-tls-key", live.path(of: "client.key"),
        ])
      let traffic = Traffic(at: fixture.usher, perSecond: 50)
      for number in 1...count {
        let next = try generation(number)
        try renew(present, to: next, number: number, redis, fixture.usher)
        present = next
        // People go on, with what is new.
        usleep(UInt32(pause / .microseconds(1)))
      }
      let answers = try traffic.stop()
      let failed = answers.filter { !$0.isSuccess }
      #expect(answers.count > 50 * count)
      #expect(failed.isEmpty, "\(failed.prefix(5))")
      #expect(!fixture.usher.logLines.contains { $0.contains("cannot connect to Redis") })
      let made = try fixture.usher.metric("usher_ready")
      #expect(made == 1)
    }
  }
}
