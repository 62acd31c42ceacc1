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
  static func adminToken(of settings: Settings, _ authorization: AdminAuthorization) -> Self? {
    guard let secret = settings.adminToken else { return nil }
    return Self("the admin token", files: [secret.file].compactMap { $0 }) {
      authorization.renew(token: Array(try secret.readAgain().text.utf8))
    }
  }
}
