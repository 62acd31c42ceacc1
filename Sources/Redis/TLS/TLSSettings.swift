/// How to know a Redis that is spoken to over TLS, and how to be known by it. TLS 1.2 is the least,
/// and the server's certificate is always checked: there is no way to switch that off.
package struct TLSSettings: Hashable, Sendable {
  /// What shows the server who we are (mutual TLS).
  package struct Identity: Hashable, Sendable {
    /// A PEM file: our certificate, then those between it and its CA.
    package var certificateFile: String
    /// A PEM file: the certificate's private key, not encrypted.
    package var keyFile: String

    /// An identity that lies in two files, or twice in the same.
    package init(certificateFile: String, keyFile: String) {
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  /// A PEM file of the CAs that may vouch for the server, and no others; nil: those that the system
  /// trusts.
  package var authorityFile: String?
  /// The name or IP address that the certificate must be for; nil: the host of the endpoint.
  package var serverName: String?
  /// Who we are, for servers that ask.
  package var identity: Identity?

  /// The files that it names, each once.
  package var files: [String] {
    let named = [authorityFile, identity?.certificateFile, identity?.keyFile].compactMap { $0 }
    return named.enumerated().filter { !named[..<$0].contains($1) }.map(\.element)
  }

  /// The defaults, unless said otherwise.
  package init(
    authorityFile: String? = nil, serverName: String? = nil, identity: Identity? = nil
  ) {
    self.authorityFile = authorityFile
    self.serverName = serverName
    self.identity = identity
  }
}

/// Which of the files in ``TLSSettings`` cannot be used, and why.
package enum TLSSettingsError: Error, Equatable, CustomStringConvertible {
  /// The CAs.
  case authority(String)
  /// Our certificate.
  case certificate(String)
  /// Our private key.
  case key(String)
  /// None: OpenSSL itself is not well.
  case library(String)

  /// Why, as a part of a sentence.
  package var reason: String {
    switch self {
    case .authority(let reason), .certificate(let reason), .key(let reason), .library(let reason):
      reason
    }
  }

  /// One line for people.
  package var description: String {
    switch self {
    case .authority(let reason): "the file of CA certificates: \(reason)"
    case .certificate(let reason): "the file of our certificate: \(reason)"
    case .key(let reason): "the file of our private key: \(reason)"
    case .library(let reason): "OpenSSL: \(reason)"
    }
  }
}
