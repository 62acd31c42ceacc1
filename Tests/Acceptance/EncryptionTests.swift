import TestSupport
import Testing

extension WholeProgram {
  @Suite("a Redis that is spoken to over TLS")
  struct EncryptionTests {
    private let certificates: Certificates
    private let authority: Certificates.Files
    private let port: LocalAddress

    init() throws {
      certificates = try Certificates()
      authority = try certificates.authority("authority")
      port = try LocalAddress.freePort()
    }

    /// A Redis that shows `certificate` and has a user `usher`; no other may come in by TLS.
    private func redis(
      _ certificate: Certificates.Files, demandsIdentity: Bool = false
    ) throws -> RedisServer {
      guard case .tcp(let number) = port else { throw TestFailure("no port") }
      return try RedisServer([
        "--tls-port", "\(number)", "--tls-cert-file", certificate.certificate,
        "--tls-key-file", certificate.key, "--tls-ca-cert-file", authority.certificate,
        "--tls-auth-clients", demandsIdentity ? "yes" : "no",
        "--user", "usher", "on", ">pass word", "~*", "+@all",
      ])
    }

    private var url: String { "rediss://usher:pass%20word@\(port)" }

    private func files() throws -> (server: Certificates.Files, client: Certificates.Files) {
      (
        try certificates.certificate("server", for: "IP:127.0.0.1", by: authority),
        try certificates.certificate("client", for: "DNS:usher", by: authority)
      )
    }

    @Test("people wait and are let in, and each side knows who the other is")
    func works() throws {
      let (server, client) = try files()
      let flags = [
        "--redis-tls-ca", authority.certificate, "--redis-tls-cert", client.certificate,
        "--redis-tls-key", client.key,
      ]
      let fixture = try UsherFixture(
        redis: .server(redis(server, demandsIdentity: true), url: url),
        flags: EveryOperation.flags + flags)
      try EveryOperation.run(at: "show", in: fixture)
      #expect(try fixture.usher.terminate() == 0)
      #expect(!fixture.usher.logLines.joined().contains("pass"))
    }

    @Test("a server that must not be trusted gets nothing, and one line of the log says why")
    func refused() throws {
      let bad = try certificates.certificate("bad", for: "DNS:cache.example", by: authority)
      let redis = try redis(bad)
      let fixture = try UsherFixture(
        redis: .server(redis, url: url), flags: ["--redis-tls-ca", authority.certificate],
        readyWithin: nil)
      let usher = fixture.usher
      let reason =
        "\(port): its certificate is not for 127.0.0.1, but for DNS:cache.example"
      let line = try usher.awaitLogLine { $0.contains("cannot connect to Redis") }
      #expect(line.contains(#""error":"\#(reason)""#))
      let answer = try fixture.gateway().join("show")
      #expect(answer.status == 503)
      #expect(answer.errorCode == "REDIS_UNAVAILABLE")
      #expect(usher.logLines.count { $0.contains("cannot connect to Redis") } == 1)
    }

    @Test("files that cannot be used are refused before anything starts")
    func badFiles() throws {
      let flags = ["serve", "--redis-url", url, "--redis-tls-ca", authority.key]
      let run = try UsherProcess.run(flags)
      #expect(run.status == 2)
      #expect(
        run.errors == "usher: --redis-tls-ca: cannot use \"\(authority.key)\" "
          + "(nothing of that kind in PEM is in it); it takes a file of CA certificates in PEM\n")
    }
  }
}
