/// The name of an event that people queue for: 1 to 64 of `A–Z a–z 0–9 _ . -`.
///
/// What could change the meaning of a Redis key (braces move its hash slot), of a metric's label or of
/// a log line cannot be in an event's name.
package struct EventID: Hashable, Sendable, CustomStringConvertible {
  /// The most characters, each of which is one byte.
  package static let longest = 64

  /// The name as it was given.
  package let text: String

  /// Nil if `text` is no name of an event.
  package init?(_ text: String) {
    let bytes = text.utf8.span
    guard (1...Self.longest).contains(bytes.count),
      bytes.indices.allSatisfy({ Self.isAllowed(bytes[$0]) })
    else { return nil }
    self.text = text
  }

  /// The name itself.
  package var description: String { text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
