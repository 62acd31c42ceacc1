/// What a token says, as the bytes that are signed:
///
///     version │ kind │ numbers, 8 bytes each │ length of event │ event │ user
enum Payload {
  /// What the bytes are a token of, and a part of them.
  enum Kind: UInt8 {
    case waiting = 0x77  // w
    case grant = 0x67  // g
    case hold = 0x68  // h
  }

  /// Bytes of the longest one: a grant or a hold with the longest names.
  static let longest = 2 + 2 * 8 + 1 + EventID.longest + UserID.longest

  fileprivate static let version: UInt8 = 1

  static func bytes(
    _ kind: Kind, _ numbers: Int64..., event: EventID, user: UserID
  ) -> [UInt8] {
    var bytes = [version, kind.rawValue]
    for number in numbers {
      withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
    bytes.append(UInt8(event.text.utf8.count))
    bytes += event.text.utf8
    bytes += user.text.utf8
    return bytes
  }
}

/// Takes a payload apart, front to back; nil or false where the bytes are not what was asked for.
struct PayloadReader {
  private let bytes: [UInt8]
  private var position = 0
  private let end: Int

  /// The payload is what stands before `end`.
  init(_ bytes: [UInt8], end: Int) {
    self.bytes = bytes
    self.end = end
  }

  mutating func take(_ kind: Payload.Kind) -> Bool {
    takeByte() == Payload.version && takeByte() == kind.rawValue
  }

  mutating func takeNumber() -> Int64? {
    guard let range = take(8) else { return nil }
    var number: Int64 = 0
    for index in range { number = number << 8 | Int64(bytes[index]) }
    return number
  }

  mutating func takeEvent() -> EventID? {
    guard let length = takeByte(), let name = takeText(Int(length)) else { return nil }
    return EventID(name)
  }

  /// All that is left.
  mutating func takeUser() -> UserID? {
    takeText(end - position).flatMap { UserID($0) }
  }

  private mutating func takeByte() -> UInt8? {
    take(1).map { bytes[$0.lowerBound] }
  }

  private mutating func takeText(_ count: Int) -> String? {
    guard let range = take(count) else { return nil }
    // Not repaired: a token means what its bytes say, or nothing. `String(validating:)` would say the same,
    // but is not specialised, and costs 1,000 instructions more.
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
