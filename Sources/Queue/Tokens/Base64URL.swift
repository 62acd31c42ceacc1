/// Base64 for URLs, without padding, in which each byte string has exactly one spelling.
///
/// Source: RFC 4648, sections 5 and 3.5.
enum Base64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  private static let invalid: UInt8 = 0xFF

  /// What each of the 256 bytes stands for: six bits, or `invalid`.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: invalid, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()

  /// How many characters so many bytes take.
  static func encodedLength(of bytes: Int) -> Int { (bytes * 4 + 2) / 3 }

  /// The one spelling of `bytes`.
  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = Self.alphabet
    return String(unsafeUninitializedCapacity: encodedLength(of: bytes.count)) { text in
      var length = 0
      var bits: UInt32 = 0
      var pending = 0
      for byte in bytes {
        bits = bits << 8 | UInt32(byte)
        pending += 8
        while pending >= 6 {
          pending -= 6
          text[length] = alphabet[Int(bits >> pending & 63)]
          length += 1
        }
      }
      if pending > 0 {
        text[length] = alphabet[Int(bits << (6 - pending) & 63)]
        length += 1
      }
      return length
    }
  }

  /// The bytes that `text` spells; nil for anything that ``encode(_:)`` does not write: other characters, padding, white space,
  /// and bits beyond the last byte that are not 0.
  static func decode(_ text: String) -> [UInt8]? {
    let characters = text.utf8.span
    // An array that is written in place costs three times as much to make: it is not specialised.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: characters.count) { bytes in
      let length = decode(characters, into: bytes)
      return length.map { [UInt8](UnsafeBufferPointer(rebasing: bytes[..<$0])) }
    }
  }

  private static func decode(
    _ characters: Span<UInt8>, into bytes: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    var length = 0
    var seen: UInt8 = 0
    var bits: UInt32 = 0
    var pending = 0
    values.withUnsafeBufferPointer { values in
      for index in characters.indices {
        let value = values[Int(characters[index])]
        seen |= value
        bits = bits << 6 | UInt32(value & 63)
        pending += 6
        if pending >= 8 {
          pending -= 8
          bytes[length] = UInt8(truncatingIfNeeded: bits >> pending)
          length += 1
        }
      }
    }
    // Six bits left over are a character that no byte needs.
    guard seen < 64, pending < 6, bits & (1 << pending - 1) == 0 else { return nil }
    return length
  }
}
