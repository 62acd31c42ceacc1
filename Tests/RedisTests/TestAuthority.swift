import TestSupport

@testable import Redis

/// The certificates of all TLS tests, made once: those of a good server and client, and one for
/// each way to be bad.
enum TestAuthority {
  static let shared = Result { try Papers() }

  struct Papers: Sendable {
    let authority: Certificates.Files
    let other: Certificates.Files
    /// For `localhost` and 127.0.0.1.
    let server: Certificates.Files
    let expired: Certificates.Files
    let wrongName: Certificates.Files
    let client: Certificates.Files
    /// By the other CA.
    let stranger: Certificates.Files
    let directory: Certificates

    init() throws {
      directory = try Certificates()
      let here = ["DNS:localhost", "IP:127.0.0.1"].joined(separator: ",")
      authority = try directory.authority("authority")
      other = try directory.authority("other")
      server = try directory.certificate("server", for: here, by: authority)
      expired = try directory.certificate("expired", for: here, by: authority, days: 0)
      wrongName = try directory.certificate(
        "wrong", for: "DNS:cache.example", "IP:10.0.0.1", by: authority)
      client = try directory.certificate("client", for: "DNS:usher", by: authority)
      stranger = try directory.certificate("stranger", for: "DNS:usher", by: other)
    }
  }
}

extension Certificates.Files {
  var identity: TLSSettings.Identity {
    TLSSettings.Identity(certificateFile: certificate, keyFile: key)
  }
}
