/// The name of a person who queues, as the gateway knows them: 1 to 128 bytes of UTF-8 without
/// control characters (U+0000 to U+001F, U+007F to U+009F).
///
/// Two names are the same if their bytes are, because that is how Redis compares them. Swift's
/// strings would take an "é" and an "e" with a combining accent for one person.
package struct UserID: Hashable, Sendable, CustomStringConvertible {
  /// The most bytes of UTF-8.
  package static let longest = 128

  /// The name as it was given, not normalised.
  package let text: String

  /// Nil if `text` is no name of a person.
  package init?(_ text: String) {
    let bytes = text.utf8.span
    guard (1...Self.longest).contains(bytes.count), !Self.hasControl(bytes) else { return nil }
    self.text = text
  }

  /// The name itself.
  package var description: String { text }

  /// Byte for byte.
  package static func == (left: UserID, right: UserID) -> Bool {
    let (left, right) = (left.text.utf8.span, right.text.utf8.span)
    guard left.count == right.count else { return false }
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { left.elementsEqual($0) }
    }
  }

  /// Hashes the bytes.
  package func hash(into hasher: inout Hasher) {
    text.utf8.span.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  /// Unicode's general category Cc. In UTF-8, U+0080 to U+009F are C2 and a byte below A0.
  private static func hasControl(_ bytes: Span<UInt8>) -> Bool {
    var last: UInt8 = 0
    for index in bytes.indices {
      let byte = bytes[index]
      if byte < 0x20 || byte == 0x7F || last == 0xC2 && byte < 0xA0 { return true }
      last = byte
    }
    return false
  }
}
