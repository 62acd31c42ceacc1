/// Numbers out of a reply that somebody reckons with. What is out of these bounds, no script of ours
/// returned; and inside them no sum overflows and no rounding traps, whatever Redis says.
extension Reply {
  /// A time, a place or a count: a whole number that a double holds exactly; nil for anything else.
  package var whole: Int64? {
    integer.flatMap { abs($0 / 2) < 1 << 52 ? $0 : nil }
  }

  /// A rate or a number of tokens: finite, and no larger than the scripts let one be; nil for anything
  /// else.
  package var amount: Double? {
    decimal.flatMap { abs($0) <= 1e18 ? $0 : nil }
  }
}
