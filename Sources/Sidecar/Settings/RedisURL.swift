import Redis

/// Where a Redis is, as it was given; it may contain a password and is never printed whole.
public struct RedisURL: Equatable, Sendable, CustomStringConvertible {
  /// What it means.
  public let endpoint: Endpoint
  private let text: String

  /// Nil if `text` is none of the forms that usher knows.
  init?(_ text: String) {
    guard let endpoint = try? Endpoint(url: text) else { return nil }
    self.endpoint = endpoint
    self.text = text
  }

  /// Whether it says who we are.
  var namesUser: Bool { endpoint.credentials != nil }

  /// Whether connections to it are encrypted.
  var usesTLS: Bool { endpoint.tls != nil }

  /// The URL, but for what stands before its last `@`.
  public var description: String {
    guard let at = text.lastIndex(of: "@"), let colon = text.firstIndex(of: ":") else {
      return text
    }
    return "\(text[...colon])//***\(text[at...])"
  }
}

extension Form where Value == RedisURL {
  /// A Redis.
  static var redisURL: Form {
    let allowed =
      "redis://[user:password@]host[:port][/db], the same with rediss:// for TLS, or unix:/path"
    return Form(
      placeholder: "URL", allowed: allowed, limits: allowed, parse: { RedisURL($0) },
      write: { $0.description }, isSecret: true)
  }
}
