/// A place in the queue of one event: the Redis server's time of joining, in microseconds since
/// 1970, made strictly increasing. The smaller ticket goes first.
///
/// No two people of an event have the same one, and it is the score in the event's index: a double
/// holds it exactly until the year 2255.
package struct Ticket: Comparable, Hashable, Sendable, CustomStringConvertible {
  /// Microseconds since 1970.
  package let microseconds: Int64

  /// The ticket for a moment given in microseconds since 1970.
  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Whether `left` is the better place.
  package static func < (left: Ticket, right: Ticket) -> Bool {
    left.microseconds < right.microseconds
  }

  /// The microseconds, in decimal.
  package var description: String { String(microseconds) }
}
