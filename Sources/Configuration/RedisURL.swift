import Redis

/// Where a Redis is, as it was given; it may contain a password and is never printed whole.
package struct RedisURL: Equatable, Sendable, CustomStringConvertible {
  /// What it means.
  package let deployment: Deployment
  private let text: String

  /// Nil if `text` is none of the forms that usher knows.
  init?(_ text: String) {
    guard let deployment = try? Deployment(url: text) else { return nil }
    self.deployment = deployment
    self.text = text
  }

  /// Whether it says who we are.
  var namesUser: Bool { deployment.credentials != nil }

  /// Whether connections to it are encrypted.
  var usesTLS: Bool { deployment.tls != nil }

  /// The URL, but for what stands before its last `@`.
  package var description: String {
    guard let at = text.lastIndex(of: "@"), let colon = text.firstIndex(of: ":") else {
      return text
    }
    return "\(text[...colon])//***\(text[at...])"
  }
}

extension SettingFormat where Value == RedisURL {
  /// A Redis.
  static var redisURL: SettingFormat {
    let allowed = """
      redis://[user:password@]host[:port][/db], redis+cluster://host[:port],… or \
      redis+sentinel://host[:port],…/name[/db], the same with rediss for TLS, or unix:/path
      """
    return SettingFormat(
      placeholder: "URL", allowed: allowed, limits: allowed, parse: { RedisURL($0) },
      write: { $0.description }, isSecret: true)
  }
}
