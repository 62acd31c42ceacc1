@testable import HTTP

extension FuzzTarget {
  /// A request target is taken apart without loss, and a query is read as it is written.
  func checkQuery(_ input: [UInt8]) throws {
    let target = input.withUnsafeBufferPointer { RequestTarget($0) }
    if let target { try checkTarget(target, of: String(decoding: input, as: UTF8.self)) }
    // Whole, as if it stood behind a question mark.
    try checkParameters(of: String(decoding: input, as: UTF8.self))
  }

  private func checkTarget(_ target: RequestTarget, of text: String) throws {
    try expect(
      text.utf8.allSatisfy { 0x21 <= $0 && $0 <= 0x7E }, "a target is visible ASCII: \(text)")
    try expect(
      target.path.hasPrefix("/") || target.path == "*", "a path begins with /: \(target.path)")
    try expect(!target.path.contains("?"), "a path has no query: \(target.path)")
    let whole = text.contains("?") ? "\(target.path)?\(target.query)" : target.path
    if text.hasPrefix("/") {
      try expect(whole.isSpelled(text), "\(text) is \(whole)")
    } else {
      // The absolute form may lack a path.
      try expect(
        text.hasSuffix(whole) || text.hasSuffix(String(whole.dropFirst())), "\(text) is \(whole)")
    }
    try checkParameters(of: target.query)
  }

  private func checkParameters(of query: String) throws {
    for name in ["token", "verbose", "a b"] {
      let found = QueryValue(of: name, in: query)
      let expected = expectedValue(of: name, in: query)
      let isSame =
        switch (found, expected) {
        case (.value(let one), .value(let other)): one.isSpelled(other)
        default: found == expected
        }
      try expect(isSame, "\(name) in \(query.debugDescription): \(found), not \(expected)")
    }
  }

  private func expectedValue(of name: String, in query: String) -> QueryValue {
    let parameters = query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
      let parts = parameter.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (name: decoded(parts[0]), value: decoded(parts.count > 1 ? parts[1] : ""[...].utf8))
    }
    let called = parameters.filter { $0.name?.isSpelled(name) ?? false }
    guard let first = called.first else { return .missing }
    guard called.count == 1, let value = first.value else { return .malformed }
    return .value(value)
  }

  /// Nil for what is no code, or no UTF-8. (Foundation's `removingPercentEncoding` repairs the latter.)
  private func decoded(_ part: Substring.UTF8View) -> String? {
    let pieces = part.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }
      .split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
    var bytes = Array(pieces[0])
    for piece in pieces.dropFirst() {
      guard piece.count >= 2, piece.prefix(2).allSatisfy({ Unicode.Scalar($0).isHexDigit }),
        let byte = UInt8(String(decoding: piece.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
      bytes += piece.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension Unicode.Scalar {
  fileprivate var isHexDigit: Bool { properties.isASCIIHexDigit }
}
