import Configuration
import Logging
import Loop
import Operations
import Queue
import Redis

/// Where fronts have the token secrets from: what settings name, or else what sidecars agree on in
/// Redis.
///
/// Confined to the back office.
final class TokenSecretSource {
  private let settings: Settings
  private let loop: Loop
  private let redis: any RedisClient
  private let log: Log
  private let deliver: (TokenSecrets) -> Void
  private var configured: ConfiguredSecrets?
  private var sharing: SecretSharing?

  /// Calls `deliver` with what is in force from then on; not before ``start()``.
  init(
    _ settings: Settings, loop: Loop, redis: any RedisClient, log: Log,
    deliver: @escaping (TokenSecrets) -> Void
  ) {
    self.settings = settings
    self.loop = loop
    self.redis = redis
    self.log = log
    self.deliver = deliver
    configured = settings.tokenSecret.map {
      ConfiguredSecrets(
        TokenSecrets(current: $0.value, previous: settings.tokenPreviousSecret?.value))
    }
  }

  /// What is read again when its files change; nil if no secret is configured.
  var renewal: FileRenewal.Subject? {
    guard let secret = settings.tokenSecret else { return nil }
    let previous = settings.tokenPreviousSecret
    let files = [secret.file, previous?.file].compactMap { $0 }
    return FileRenewal.Subject("the token secret", files: files) { [unowned self] in
      let secrets = configured?.renewed(
        current: try secret.readAgain(), previous: try previous?.readAgain())
      if let secrets { deliver(secrets) }
    }
  }

  /// The store is known: what sidecars share there may be read and written.
  func start() {
    if let secrets = configured?.storeKnown() { return deliver(secrets) }
    // No token, grant or hold is of use for longer than an event's keys.
    let sharing = SecretSharing(
      loop: loop, redis: redis, keys: settings.keys, format: settings.tokenFormat,
      lifetime: settings.eventTTL, log: log, adopt: deliver)
    sharing.start()
    self.sharing = sharing
  }
}

@available(*, unavailable, message: "a TokenSecretSource belongs to the back office")
extension TokenSecretSource: Sendable {}
