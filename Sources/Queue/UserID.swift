/// The name of a person who queues, as the gateway knows them: 1 to 128 bytes of UTF-8 without
/// control characters (U+0000 to U+001F, U+007F to U+009F).
///
/// Two names are the same if their bytes are, because that is how Redis compares them. Swift's
/// strings would take an "é" and an "e" with a combining accent for one person.
public struct UserID: Hashable, Sendable, CustomStringConvertible {
  /// The most bytes of UTF-8.
  public static let longest = 128

  /// The name as it was given, not normalised.
  public let text: String

  /// Nil if `text` is no name of a person.
  public init?(_ text: String) {
    guard (1...Self.longest).contains(text.utf8.count),
      !text.unicodeScalars.contains(where: Self.isControl)
    else { return nil }
    self.text = text
  }

  /// The name itself.
  public var description: String { text }

  /// Byte for byte.
  public static func == (left: UserID, right: UserID) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }

  /// Unicode's general category Cc.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }
}
