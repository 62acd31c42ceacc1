/// Pieces of a URL as text.
///
/// Source: RFC 3986, sections 2.1 and 3.1.
extension StringProtocol {
  /// What follows `scheme`, given in lower case and found in any; nil if the text begins otherwise.
  func dropping(scheme: String) -> Substring? {
    let head = prefix(scheme.count)
    guard head.lowercased() == scheme else { return nil }
    return Substring(self[head.endIndex...])
  }
}

extension Substring {
  /// The text with each `%XX` replaced by the byte that it spells; nil if a `%` lacks its two
  /// hexadecimal digits or the bytes are not UTF-8.
  var percentDecoded: String? {
    var bytes: [UInt8] = []
    var rest = utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexadecimalValue),
        let low = rest.popFirst().flatMap(hexadecimalValue)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  Character(Unicode.Scalar(digit)).hexDigitValue.map(UInt8.init)
}
