/// Certificates of servers and of usher by one CA, and what each side must be told to use them.
package final class RedisEncryption: Sendable {
  private let certificates: Certificates
  private let authority: Certificates.Files
  private let server: Certificates.Files
  private let client: Certificates.Files

  /// Makes them.
  package init() throws {
    certificates = try Certificates()
    authority = try certificates.authority("authority")
    server = try certificates.certificate(
      "server", for: "DNS:localhost", "IP:127.0.0.1", by: authority)
    client = try certificates.certificate("client", for: "DNS:usher", by: authority)
  }

  /// For a server that speaks TLS alone, with clients whom it knows, at this port.
  func serverArguments(port: UInt16) -> [String] {
    [
      "--port", "0", "--tls-port", "\(port)", "--tls-cluster", "yes", "--tls-replication", "yes",
      "--tls-auth-clients", "yes", "--tls-ca-cert-file", authority.certificate,
      "--tls-cert-file", server.certificate, "--tls-key-file", server.key,
    ]
  }

  /// For an usher that connects to such a server.
  package var usherFlags: [String] {
    [
      "--redis-tls-ca", authority.certificate, "--redis-tls-cert", client.certificate,
      "--redis-tls-key", client.key,
    ]
  }

  /// For a redis-cli that connects to such a server.
  var cliArguments: [String] {
    [
      "--tls", "--cacert", authority.certificate, "--cert", client.certificate, "--key", client.key,
    ]
  }
}
