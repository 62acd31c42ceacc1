/// What a token is a token of: the second byte of its payload, so that one kind cannot be taken for
/// another.
package struct TokenKind: Hashable, Sendable {
  let byte: UInt8

  /// The kind of that letter, an ASCII character; no two kinds may share one.
  package init(_ letter: Unicode.Scalar) {
    byte = UInt8(ascii: letter)
  }
}

/// What a token says, as the bytes that are signed:
///
///     2 │ kind │ secret's id, 4 bytes │ numbers, 8 bytes each │ length of event │ event │ user
///     1 │ kind │ numbers, 8 bytes each │ length of event │ event │ user
enum Payload {
  /// The most numbers in one.
  static let mostNumbers = 2

  /// Bytes of the longest one.
  static let longest =
    2 + SecretID.length + mostNumbers * 8 + 1 + EventID.longest + UserID.longest

  /// The bytes of one.
  static func bytes(
    _ kind: TokenKind, _ numbers: [Int64], event: EventID, user: UserID, in format: TokenFormat,
    naming secret: SecretID
  ) -> [UInt8] {
    var bytes = [format.byte, kind.byte]
    if format == .version2 { bytes += secret.bytes }
    for number in numbers {
      withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
    bytes.append(UInt8(event.text.utf8.count))
    bytes += event.text.utf8
    bytes += user.text.utf8
    return bytes
  }

  /// Which secret signed the token that begins like this: nil if it names none.
  static func secret(of bytes: [UInt8]) -> SecretID? {
    guard bytes.count >= 2 + SecretID.length, bytes[0] == TokenFormat.version2.byte else {
      return nil
    }
    return SecretID(number: bytes[2..<2 + SecretID.length].reduce(0) { $0 << 8 | UInt32($1) })
  }
}

/// Takes a payload apart, front to back: the numbers, the event, the user. Nil where the bytes are not
/// what was asked for.
package struct PayloadReader {
  /// How the token is written.
  let format: TokenFormat

  private let bytes: [UInt8]
  private var position = 0
  private let end: Int

  /// Reads the payload that stands before `end`; nil if it is not of `kind`.
  init?(_ bytes: [UInt8], end: Int, kind: TokenKind) {
    guard let first = bytes.first, let format = TokenFormat(byte: first) else { return nil }
    self.format = format
    self.bytes = bytes
    self.end = end
    guard takeByte() != nil, takeByte() == kind.byte,
      format == .version1 || take(SecretID.length) != nil
    else { return nil }
  }

  /// The next number.
  package mutating func takeNumber() -> Int64? {
    guard let range = take(8) else { return nil }
    var number: Int64 = 0
    for index in range { number = number << 8 | Int64(bytes[index]) }
    return number
  }

  /// The event.
  package mutating func takeEvent() -> EventID? {
    guard let length = takeByte(), let name = takeText(Int(length)) else { return nil }
    return EventID(name)
  }

  /// The user: all that is left.
  package mutating func takeUser() -> UserID? {
    takeText(end - position).flatMap { UserID($0) }
  }

  private mutating func takeByte() -> UInt8? {
    take(1).map { bytes[$0.lowerBound] }
  }

  private mutating func takeText(_ count: Int) -> String? {
    guard let range = take(count) else { return nil }
    // Not repaired: a token means what its bytes say, or nothing. `String(validating:)` would say the
    // same, but is not specialised, and costs 1,000 instructions more.
    do {
      return String(copying: try UTF8Span(validating: bytes.span.extracting(range)))
    } catch {
      return nil
    }
  }

  private mutating func take(_ count: Int) -> Range<Int>? {
    guard end - position >= count else { return nil }
    defer { position += count }
    return position..<position + count
  }
}
