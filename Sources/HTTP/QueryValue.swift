/// One parameter of a query such as `token=abc&verbose`.
///
/// Source: the URL Standard, `application/x-www-form-urlencoded`, read strictly.
public enum QueryValue: Equatable, Sendable {
  /// There is no parameter of this name.
  case missing
  /// The decoded value; empty for `token=` and `token`. It may hold any character, U+0000 too.
  case value(String)
  /// A `%` without two hexadecimal digits, bytes that are no UTF-8, or the same name twice.
  case malformed

  /// Looks for `name` in an undecoded query. Other parameters may be malformed: they are nobody's.
  init(of name: String, in query: String) {
    self = .missing
    for parameter in query.utf8.split(separator: UInt8(ascii: "&")) {
      let equals = parameter.firstIndex(of: UInt8(ascii: "=")) ?? parameter.endIndex
      // Compared as bytes: as characters, U+212A would equal K.
      guard let found = Self.decode(parameter[..<equals]), found.utf8.elementsEqual(name.utf8)
      else { continue }
      guard self == .missing, let value = Self.decode(parameter[equals...].dropFirst()) else {
        self = .malformed
        return
      }
      self = .value(value)
    }
  }

  /// `%41` is A, `+` is a space; nil if that leaves no valid UTF-8.
  private static func decode(_ encoded: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(encoded.count)
    var rest = encoded.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next()?.hexadecimalValue, let low = rest.next()?.hexadecimalValue
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
