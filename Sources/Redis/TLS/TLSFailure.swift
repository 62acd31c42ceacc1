import COpenSSL

/// Why there is no TLS connection, as what comes after the server's name and a colon.
enum TLSFailure: Error, Equatable, CustomStringConvertible {
  /// What was answered is no TLS.
  case notTLS
  /// Its certificate is not valid any more, or not yet; the text says since when or from when on.
  case expired(String)
  case notYetValid(String)
  /// Its certificate is for others, as the certificate lists them.
  case wrongName(String, isFor: String)
  /// No CA that we trust has signed it.
  case unknownAuthority
  /// Something else is wrong with its certificate.
  case badCertificate(String)
  /// It asks who we are, and we have no certificate.
  case identityDemanded
  /// It does not take our certificate, in TLS' word for why.
  case identityRefused(String)
  /// It ended the handshake, in TLS' word for why.
  case refused(String)
  /// Its versions of TLS are all too old, or too new.
  case noCommonVersion
  /// It has no name that its certificate could be for.
  case noName
  /// Whatever else OpenSSL says.
  case other(String)

  var description: String {
    switch self {
    case .notTLS: "the server does not speak TLS: is this a plain port?"
    case .expired(let date): "its certificate expired on \(date)"
    case .notYetValid(let date): "its certificate is not valid before \(date)"
    case .wrongName(let name, let others): "its certificate is not for \(name), but for \(others)"
    case .unknownAuthority: "its certificate is not signed by a CA that is trusted here"
    case .badCertificate(let why): "its certificate is not good: \(why)"
    case .identityDemanded: "it demands a client certificate, and none is set"
    case .identityRefused(let why): "it refused our client certificate: \(why)"
    case .refused(let why): "it refused the TLS handshake: \(why)"
    case .noCommonVersion: "it does not speak TLS 1.2 or 1.3"
    case .noName: "a Unix socket needs a server name for TLS"
    case .other(let why): "TLS failed: \(why)"
    }
  }
}

extension TLSFailure {
  /// What an alert from the server means; `showsIdentity`: whether we have a certificate to show.
  ///
  /// Source: RFC 8446, section 6.2.
  init(alert: Int32, showsIdentity: Bool) {
    let why = String(cString: SSL_alert_desc_string_long(alert))
    switch alert {
    case SSL_AD_CERTIFICATE_REQUIRED: self = .identityDemanded
    case SSL_AD_PROTOCOL_VERSION: self = .noCommonVersion
    case SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
      SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
      SSL_AD_ACCESS_DENIED, SSL_AD_DECRYPT_ERROR:
      self = showsIdentity ? .identityRefused(why) : .refused(why)
    default: self = .refused(why)
    }
  }
}
