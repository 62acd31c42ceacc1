/// Numbers of a reply that a caller computes with. Our scripts return none out of these bounds;
/// inside them no sum overflows and no rounding traps, whatever Redis says.
extension Reply {
  /// A time, a place or a count: a whole number that a double holds exactly; nil for anything else.
  package var whole: Int64? {
    integer.flatMap { abs($0 / 2) < 1 << 52 ? $0 : nil }
  }

  /// A place, a length or a count: a whole number from 0 that a double holds exactly; nil for anything
  /// else.
  package var natural: Int? {
    whole.flatMap { $0 >= 0 ? Int($0) : nil }
  }

  /// A rate or a number of tokens: finite, and no larger than the scripts let one be; nil for
  /// anything else.
  package var amount: Double? {
    decimal.flatMap { abs($0) <= 1e18 ? $0 : nil }
  }
}
