import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("certificates that are renewed while usher runs")
  struct RenewedCertificatesTests {
    private let certificates: Certificates
    private let old: Certificates.Files
    private let new: Certificates.Files
    private let live: MountedFiles
    private let port: LocalAddress

    init() throws {
      certificates = try Certificates()
      old = try certificates.authority("old")
      new = try certificates.authority("new")
      live = try MountedFiles()
      port = try LocalAddress.freePort()
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

    private func server(
      _ name: String, by authority: Certificates.Files
    ) throws -> Certificates.Files {
      try certificates.certificate(name, for: "IP:127.0.0.1", by: authority)
    }

    @Test("a server of a CA that was not trusted at the start is, once the file says so")
    func authority() throws {
      let (first, second) = (try server("first", by: old), try server("second", by: new))
      func mount(_ server: Certificates.Files, trusting authorities: String) throws {
        try live.mount([
          "ca.crt": authorities, "clients.crt": old.certificateText,
          "server.crt": server.certificateText, "server.key": server.keyText,
        ])
      }
      try mount(first, trusting: old.certificateText)
      let redis = try redis(demandsIdentity: false)
      let fixture = try usher(redis, [])
      let gateway = fixture.gateway()
      #expect(try gateway.join("show", as: "A").status == 202)
      // The server first: usher must not trust it yet.
      try mount(second, trusting: old.certificateText)
      try redis.restart()
      _ = try fixture.usher.awaitLogLine { $0.contains("not signed by a CA that is trusted") }
      #expect(try gateway.join("show", as: "B").errorCode == "REDIS_UNAVAILABLE")
      try mount(second, trusting: old.certificateText + new.certificateText)
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
      func mount(
        _ client: Certificates.Files, keyOf other: Certificates.Files,
        serverTrusts authority: Certificates.Files
      ) throws {
        try live.mount([
          "ca.crt": old.certificateText, "clients.crt": authority.certificateText,
          "server.crt": server.certificateText, "server.key": server.keyText,
          "client.crt": client.certificateText, "client.key": other.keyText,
        ])
      }
      try mount(first, keyOf: first, serverTrusts: old)
      let redis = try redis(demandsIdentity: true)
      let fixture = try usher(
        redis,
        [
          "--redis-tls-cert", live.path(of: "client.crt"),
          "--redis-tls-key", live.path(of: "client.key"),
        ])
      let gateway = fixture.gateway()
      #expect(try gateway.join("show", as: "A").status == 202)
      // What was read before stays in force.
      try mount(second, keyOf: first, serverTrusts: old)
      let bad = try fixture.usher.awaitLogLine { $0.contains("cannot be used") }
      #expect(bad.contains("it is not the certificate's key"))
      try redis.restart()
      try eventually("the first certificate is still shown") {
        try gateway.join("show", as: "B").status == 202
      }
      try mount(second, keyOf: second, serverTrusts: new)
      _ = try fixture.usher.awaitLogLine { $0.contains("files were read again") }
      try redis.restart()
      try eventually("the second certificate is shown") {
        try gateway.join("show", as: "C").status == 202
      }
    }
  }
}
