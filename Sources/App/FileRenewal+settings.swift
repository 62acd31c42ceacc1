import API
import Configuration
import Operations
import Redis

extension FileRenewal.Subject {
  /// The password of Redis. Only endpoints that have these very `credentials` hear of another.
  static func password(of settings: Settings, _ credentials: Credentials?) -> Self? {
    guard let secret = settings.redisPassword, let credentials else { return nil }
    return Self("the password of Redis", files: [secret.file].compactMap { $0 }) {
      credentials.renew(password: try secret.readAgain().text)
    }
  }

  /// What connections to Redis over TLS are made with.
  static func encryption(of settings: Settings) -> Self? {
    guard let context = settings.redisTLS else { return nil }
    return Self("the certificates for Redis", files: context.settings.files) {
      try context.renew()
    }
  }

  /// What operators show at the admin port.
  static func adminTokens(of settings: Settings, _ authorization: AdminAuthorization) -> Self? {
    guard let secret = settings.adminTokens else { return nil }
    return Self("the admin token", files: [secret.file].compactMap { $0 }) {
      authorization.renew(try secret.readAgain().callers)
    }
  }
}

extension AdminTokens {
  /// Those who may use the admin port, as its routes know them.
  var callers: [AdminAuthorization.Caller] {
    entries.map { .init(name: $0.name, role: $0.role, token: Array($0.token.text.utf8)) }
  }
}
