import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Certificates that are renewed while usher runs: `live` has the files that it was told of.
  @Suite("certificates that are renewed while usher runs")
  struct RenewedCertificatesTests {
    private let certificates: Certificates
    private let old: Certificates.Files
    private let new: Certificates.Files
    private let live: TemporaryDirectory
    private let port: LocalAddress

    init() throws {
      certificates = try Certificates()
      old = try certificates.authority("old")
      new = try certificates.authority("new")
      live = try TemporaryDirectory()
      port = try LocalAddress.freePort()
    }

    /// Makes files of these contents the live ones, by the one swap of a link that Kubernetes does.
    private func mount(_ contents: [String: [String]]) throws {
      let manager = FileManager.default
      let version = "..\(UUID().uuidString)"
      try manager.createDirectory(
        atPath: live.path(of: version), withIntermediateDirectories: false)
      for (name, sources) in contents {
        let text = try sources.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined()
        try text.write(
          toFile: live.path(of: "\(version)/\(name)"), atomically: false, encoding: .utf8)
        if (try? manager.destinationOfSymbolicLink(atPath: live.path(of: name))) == nil {
          try manager.createSymbolicLink(
            atPath: live.path(of: name), withDestinationPath: "..data/\(name)")
        }
      }
      try manager.createSymbolicLink(
        atPath: live.path(of: "..new"), withDestinationPath: version)
      guard rename(live.path(of: "..new"), live.path(of: "..data")) == 0 else {
        throw TestFailure("rename: \(errno)")
      }
    }

    /// A Redis that shows the live `server.crt`, and trusts clients by the live `clients.crt`.
    private func redis(demandsIdentity: Bool) throws -> RedisServer {
      guard case .tcp(let number) = port else { throw TestFailure("no port") }
      return try RedisServer([
        "--tls-port", "\(number)", "--tls-cert-file", live.path(of: "server.crt"),
        "--tls-key-file", live.path(of: "server.key"),
        "--tls-ca-cert-file", live.path(of: "clients.crt"),
        "--tls-auth-clients", demandsIdentity ? "yes" : "no",
      ])
    }

    private func usher(_ redis: RedisServer, _ flags: [String]) throws -> UsherFixture {
      try UsherFixture(
        redis: .server(redis, url: "rediss://\(port)"),
        flags: ["--redis-tls-ca", live.path(of: "ca.crt")] + flags)
    }

    private func server(_ name: String, by authority: Certificates.Files) throws
      -> Certificates.Files
    {
      try certificates.certificate(name, for: "IP:127.0.0.1", by: authority)
    }

    @Test("a server of a CA that was not trusted at the start is, once the file says so")
    func authority() throws {
      let (first, second) = (try server("first", by: old), try server("second", by: new))
      func files(_ server: Certificates.Files, _ authorities: [String]) -> [String: [String]] {
        [
          "ca.crt": authorities, "clients.crt": [old.certificate],
          "server.crt": [server.certificate], "server.key": [server.key],
        ]
      }
      try mount(files(first, [old.certificate]))
      let redis = try redis(demandsIdentity: false)
      let fixture = try usher(redis, [])
      let gateway = fixture.gateway()
      #expect(try gateway.join("show", as: "A").status == 202)
      // The server first: usher must not trust it yet.
      try mount(files(second, [old.certificate]))
      try redis.restart()
      _ = try fixture.usher.awaitLogLine { $0.contains("not signed by a CA that is trusted") }
      #expect(try gateway.join("show", as: "B").errorCode == "REDIS_UNAVAILABLE")
      try mount(files(second, [old.certificate, new.certificate]))
      try eventually("the new server is trusted") {
        try gateway.join("show", as: "B").status == 202
      }
      try fixture.usher.awaitReady()
    }

    @Test("a new certificate of ours is shown, once it and its key are both there")
    func identity() throws {
      let server = try server("server", by: old)
      let (first, second) = (
        try certificates.certificate("client-1", for: "DNS:usher", by: old),
        try certificates.certificate("client-2", for: "DNS:usher", by: new)
      )
      func files(
        _ client: Certificates.Files, key: String, trusts: Certificates.Files
      ) -> [String: [String]] {
        [
          "ca.crt": [old.certificate], "clients.crt": [trusts.certificate],
          "server.crt": [server.certificate], "server.key": [server.key],
          "client.crt": [client.certificate], "client.key": [key],
        ]
      }
      try mount(files(first, key: first.key, trusts: old))
      let redis = try redis(demandsIdentity: true)
      let fixture = try usher(
        redis,
        [
          "--redis-tls-cert", live.path(of: "client.crt"),
          "--redis-tls-key", live.path(of: "client.key"),
        ])
      let gateway = fixture.gateway()
      #expect(try gateway.join("show", as: "A").status == 202)
      // The key is not the certificate's: what was read before stays in force.
      try mount(files(second, key: first.key, trusts: old))
      let bad = try fixture.usher.awaitLogLine { $0.contains("cannot be used") }
      #expect(bad.contains("it is not the certificate's key"))
      try redis.restart()
      try eventually("the first certificate is still shown") {
        try gateway.join("show", as: "B").status == 202
      }
      try mount(files(second, key: second.key, trusts: new))
      _ = try fixture.usher.awaitLogLine { $0.contains("files were read again") }
      try redis.restart()
      try eventually("the second certificate is shown") {
        try gateway.join("show", as: "C").status == 202
      }
    }
  }
}
