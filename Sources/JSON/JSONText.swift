/// Strings as JSON writes them.
///
/// Source: RFC 8259, section 7.
package enum JSONText {
  /// Appends `text` in quotation marks, with what may not stand between them escaped, and all
  /// control characters: a terminal that shows a log must not obey them.
  package static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.span.withUnsafeBufferPointer({ isPlain($0) }) {
      bytes += text.utf8
    } else {
      for scalar in text.unicodeScalars { append(scalar, to: &bytes) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether nothing in a text has to be escaped.
  package static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    var found: UInt8 = 0
    // To the end in any case, so that many bytes are looked at at a time.
    for byte in utf8 { found |= needsAttention(byte) ? 1 : 0 }
    return found == 0
  }

  /// Whether a byte is, or may begin, a character that is escaped.
  private static func needsAttention(_ byte: UInt8) -> Bool {
    switch byte {
    // In UTF-8 the controls U+0080 to U+009F begin with C2.
    case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F, 0xC2: true
    default: false
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
    switch scalar {
    case "\"": bytes += "\\\"".utf8
    case "\\": bytes += "\\\\".utf8
    case "\n": bytes += "\\n".utf8
    case "\r": bytes += "\\r".utf8
    case "\t": bytes += "\\t".utf8
    case "\0"..<" ", "\u{7F}"..."\u{9F}":
      bytes += "\\u00".utf8
      bytes.append(hexadecimal[Int(scalar.value >> 4)])
      bytes.append(hexadecimal[Int(scalar.value & 15)])
    default: bytes += UTF8.encode(scalar).map(Array.init) ?? []
    }
  }

  private static let hexadecimal = Array("0123456789abcdef".utf8)
}
