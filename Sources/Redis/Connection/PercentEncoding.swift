extension StringProtocol {
  /// What follows `scheme`, in whatever case that is written; nil if it does not come first.
  func dropping(scheme: String) -> Substring? {
    let head = prefix(scheme.count)
    guard head.lowercased() == scheme else { return nil }
    return Substring(self[head.endIndex...])
  }
}

/// Decodes `%XX`; nil if a `%` lacks its two digits or the bytes are not UTF-8.
func percentDecoded(_ text: Substring) -> String? {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
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

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
  Character(Unicode.Scalar(digit)).hexDigitValue.map(UInt8.init)
}
