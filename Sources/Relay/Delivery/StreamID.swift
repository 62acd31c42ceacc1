/// The id of an entry in a stream of Redis, `milliseconds-number`: they only rise within a stream.
package struct StreamID: Comparable, Hashable, Sendable, CustomStringConvertible {
  /// When Redis wrote the entry, ms since 1970.
  package let milliseconds: Int64
  /// Which one of that millisecond it is, from 0.
  package let number: Int64

  /// The id with these parts.
  package init(milliseconds: Int64, number: Int64) {
    self.milliseconds = milliseconds
    self.number = number
  }

  /// Reads what ``description`` writes; nil if `text` is anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let milliseconds = Int64(parts[0]), let number = Int64(parts[1]),
      milliseconds >= 0, number >= 0
    else { return nil }
    self.init(milliseconds: milliseconds, number: number)
  }

  /// As Redis writes it.
  package var description: String { "\(milliseconds)-\(number)" }

  /// Whether `left` was written before `right`.
  package static func < (left: StreamID, right: StreamID) -> Bool {
    (left.milliseconds, left.number) < (right.milliseconds, right.number)
  }
}
