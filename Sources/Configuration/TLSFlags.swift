import Redis

/// The entries of the table that say how a Redis is spoken to over TLS.
struct TLSFlags {
  private let authority: String?
  private let certificate: String?
  private let key: String?
  private let serverName: String?

  init(from setting: inout SettingsReader) throws(SettingsError) {
    authority = try setting.optional(
      Name.authority, .text("FILE", "a file of CA certificates in PEM"), none: "the system's",
      "The CAs that may vouch for a rediss:// server, in PEM.")
    certificate = try setting.optional(
      Name.certificate, .text("FILE", "a file with a certificate in PEM"), none: "none",
      "What shows a rediss:// server who usher is, in PEM; with --redis-tls-key.")
    key = try setting.optional(
      Name.key, .text("FILE", "a file with a private key in PEM"), none: "none",
      "The private key of --redis-tls-cert, in PEM and not encrypted.")
    if let key { setting.contains(secret: key) }
    serverName = try setting.optional(
      Name.serverName, .text("NAME", "a host name or an IP address"), none: "the host",
      "Whom a rediss:// server's certificate must be for, if not the host of the URL.")
  }

  /// What the entries mean for `url`; reads the files, to refuse bad ones before anything starts.
  func context(
    for url: RedisURL?, _ setting: SettingsReader
  ) throws(SettingsError) -> TLSContext? {
    guard let url, url.usesTLS else {
      for (name, value) in [
        (Name.authority, authority), (Name.certificate, certificate), (Name.key, key),
        (Name.serverName, serverName),
      ] {
        try setting.require(value == nil, name, "a rediss:// URL", given: "redis-url")
      }
      return nil
    }
    try setting.require(
      certificate == nil || key != nil, Name.certificate, "its key too", given: Name.key)
    try setting.require(
      key == nil || certificate != nil, Name.key, "its certificate too", given: Name.certificate)
    var settings = TLSSettings(authorityFile: authority, serverName: serverName)
    if let certificate, let key {
      settings.identity = TLSSettings.Identity(certificateFile: certificate, keyFile: key)
    }
    let context = TLSContext(settings)
    do {
      try context.load()
    } catch {
      throw setting.error(for: Self.culprit(error), because: error.reason)
    }
    return context
  }

  private static func culprit(_ error: TLSSettingsError) -> (name: String, takes: String) {
    switch error {
    case .authority: (Name.authority, "a file of CA certificates in PEM")
    case .certificate: (Name.certificate, "a file with a certificate in PEM")
    case .key: (Name.key, "a file with the certificate's private key in PEM, not encrypted")
    case .library: ("redis-url", "rediss:// only where OpenSSL works")
    }
  }

  private enum Name {
    static let authority = "redis-tls-ca"
    static let certificate = "redis-tls-cert"
    static let key = "redis-tls-key"
    static let serverName = "redis-tls-server-name"
  }
}
