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
