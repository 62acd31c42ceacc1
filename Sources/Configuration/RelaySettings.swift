import Logging
import Loop
import Queue
import Redis

/// What `usher-relay` is told.
package struct RelaySettings: Sendable {
  /// Which relay this is; that of the sidecar, with which it is built.
  package static let version = "0.1.0"

  /// Where `/metrics`, `/livez` and `/readyz` are.
  package var adminListen: SocketAddress
  /// The Redis that the sidecars share.
  package var redisURL: RedisURL?
  package var redisUsername: String?
  package var redisPassword: Secret<HiddenText>?
  package var redisTLS: TLSContext?
  package var redisKeyPrefix: KeySpace?
  /// How long a command may take.
  package var redisTimeout: Duration
  /// Where to deliver to, with a password perhaps.
  package var to: SinkURL?
  /// What names the sink, in Redis and in metrics.
  package var sinkName: String
  /// Whether sales are delivered.
  package var sales: Bool
  /// Whether changes of people's states are delivered.
  package var people: Bool
  /// Most connections to the sink.
  package var poolMax: Int
  /// How long one delivery may take.
  package var sinkTimeout: Duration
  /// Most entries of one delivery.
  package var batch: Int
  /// Names this relay among the others.
  package var name: String
  package var logLevel: Log.Level
  package var logFormat: Log.Format

  /// Where all keys are.
  package var keys: KeySpace { redisKeyPrefix ?? .plain }
  /// Where to deliver to.
  package var sinkURL: String { to?.text ?? "" }

  /// The Redis that is named.
  package var deployment: Deployment {
    guard var deployment = redisURL?.deployment else { preconditionFailure("checked by init") }
    deployment.tls = redisTLS
    if let redisPassword {
      deployment.credentials = Credentials(user: redisUsername, password: redisPassword.value.text)
    }
    return deployment
  }
}

/// A yes or a no, as settings write it.
enum YesOrNo: String, CaseIterable, Sendable {
  case on, off
}

/// Where a relay delivers to, as it was given; it may contain a password and is never printed whole.
package struct SinkURL: Equatable, Sendable {
  /// The whole, for libpq alone.
  package let text: String

  init?(_ text: String) {
    guard ["postgresql://", "postgres://"].contains(where: { text.hasPrefix($0) }) else {
      return nil
    }
    self.text = text
  }

  /// The URL, but for what stands before its last `@` and for its parameters.
  var shown: String {
    let plain = text.prefix { $0 != "?" }
    guard let at = plain.lastIndex(of: "@") else { return String(plain) }
    return "postgresql://***\(plain[at...])"
  }
}

extension SettingFormat where Value == SinkURL {
  static var sinkURL: SettingFormat {
    let allowed =
      "postgresql://[user[:password]@]host[:port]/database[?parameter=…], as libpq reads it"
    return SettingFormat(
      placeholder: "URL", allowed: allowed, limits: allowed, parse: { SinkURL($0) },
      write: { $0.shown }, isSecret: true)
  }
}
