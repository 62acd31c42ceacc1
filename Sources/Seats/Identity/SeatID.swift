/// The name of a seat within its event: 1 to 64 of `A–Z a–z 0–9 _ . : -`.
///
/// As an event's name, it cannot change the meaning of anything that it stands in.
package struct SeatID: Hashable, Sendable, CustomStringConvertible {
  /// The most characters, each of which is one byte.
  package static let longest = 64

  /// The name as it was given.
  package let text: String

  /// Nil if `text` is no name of a seat.
  package init?(_ text: String) {
    guard PlainName.isOne(text, longest: Self.longest) else { return nil }
    self.text = text
  }

  /// The name itself.
  package var description: String { text }
}

/// The name of something of which an event has a stock: 1 to 64 of `A–Z a–z 0–9 _ . : -`.
package struct ItemID: Hashable, Sendable, CustomStringConvertible {
  /// The most characters, each of which is one byte.
  package static let longest = 64

  /// The name as it was given.
  package let text: String

  /// Nil if `text` is no name of an item.
  package init?(_ text: String) {
    guard PlainName.isOne(text, longest: Self.longest) else { return nil }
    self.text = text
  }

  /// The name itself.
  package var description: String { text }
}

/// What both kinds of names are made of.
private enum PlainName {
  static func isOne(_ text: String, longest: Int) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: ":"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
