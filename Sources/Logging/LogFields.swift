extension Log {
  /// What a line tells besides its message, in order:
  /// `["event_id": .text(event.text), "users": 3]`.
  package typealias Fields = KeyValuePairs<StaticString, Value>

  /// One thing that a line tells.
  package enum Value: Equatable, Sendable {
    /// Words.
    case text(String)
    /// A whole number.
    case integer(Int)
    /// A number.
    case number(Double)
    /// Yes or no.
    case flag(Bool)
  }
}

extension Log.Value: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  /// Words.
  package init(stringLiteral value: String) { self = .text(value) }
  /// A whole number.
  package init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  package init(floatLiteral value: Double) { self = .number(value) }
  /// Yes or no.
  package init(booleanLiteral value: Bool) { self = .flag(value) }
}
