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
