/// Where a Redis is, as it was given; it may contain a password and is never printed whole.
public struct RedisURL: Equatable, Sendable, CustomStringConvertible {
  /// The URL itself; never for a log.
  public let text: String

  /// Nil if `text` begins with no known scheme, or with nothing after it, or contains white space or
  /// a control character.
  init?(_ text: String) {
    guard let scheme = ["redis://", "unix:"].first(where: text.hasPrefix), text != scheme,
      text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { return nil }
    self.text = text
  }

  /// Whether it says who we are.
  var namesUser: Bool { text.contains("@") }

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
    let allowed = "redis://[user:password@]host[:port][/db] or unix:/path"
    return Form(
      placeholder: "URL", allowed: allowed, limits: allowed, parse: { RedisURL($0) },
      write: { $0.description }, isSecret: true)
  }
}
