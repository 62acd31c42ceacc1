import Glibc

/// One parameter of a query such as `token=abc&verbose`.
///
/// Source: the URL Standard, `application/x-www-form-urlencoded`, read strictly.
package enum QueryValue: Equatable, Sendable {
  /// There is no parameter of this name.
  case missing
  /// The decoded value; empty for `token=` and `token`. It may hold any character, U+0000 too.
  case value(String)
  /// A `%` without two hexadecimal digits, bytes that are no UTF-8, or the same name twice.
  case malformed

  /// Looks for `name` in an undecoded query. Other parameters may be malformed: they are not read.
  init(of name: String, in query: String) {
    self = query.utf8.span.withUnsafeBufferPointer { Self.find(name, in: $0) }
  }

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  private static func find(_ name: String, in query: Bytes) -> QueryValue {
    var found = QueryValue.missing
    var start = 0
    while start < query.count {
      let parameter = piece(of: query, from: start, to: "&")
      let encodedName = piece(of: parameter, from: 0, to: "=")
      if spells(encodedName, name) {
        guard found == .missing,
          let value = decode(Bytes(rebasing: parameter.dropFirst(encodedName.count + 1)))
        else { return .malformed }
        found = .value(value)
      }
      start += parameter.count + 1
    }
    return found
  }

  /// What stands before the first `mark` that follows `start`, or before the end.
  private static func piece(of bytes: Bytes, from start: Int, to mark: Unicode.Scalar) -> Bytes {
    let rest = Bytes(rebasing: bytes[start...])
    return Bytes(rebasing: rest[..<(place(of: mark, in: rest) ?? rest.count)])
  }

  private static func place(of mark: Unicode.Scalar, in bytes: Bytes) -> Int? {
    guard let base = bytes.baseAddress, let place = memchr(base, Int32(mark.value), bytes.count)
    else { return nil }
    return UnsafeRawPointer(place) - UnsafeRawPointer(base)
  }

  /// Compared as bytes: as characters, U+212A would equal K.
  private static func spells(_ encoded: Bytes, _ name: String) -> Bool {
    if isPlain(encoded) { return name.utf8.span.withUnsafeBytes { isEqual($0, encoded) } }
    return decode(encoded)?.utf8.elementsEqual(name.utf8) ?? false
  }

  private static func isEqual(_ left: UnsafeRawBufferPointer, _ right: Bytes) -> Bool {
    left.count == right.count && left.elementsEqual(right)
  }

  /// Whether the bytes mean themselves, as those of nearly every query do.
  private static func isPlain(_ encoded: Bytes) -> Bool {
    place(of: "%", in: encoded) == nil && place(of: "+", in: encoded) == nil
  }

  /// `%41` is A, `+` is a space; nil if that leaves no valid UTF-8.
  private static func decode(_ encoded: Bytes) -> String? {
    // A piece of a string that ends at ASCII characters is UTF-8 as the string was.
    if isPlain(encoded) { return String(decoding: encoded, as: UTF8.self) }
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
