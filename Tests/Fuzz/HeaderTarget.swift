@testable import HTTP

extension FuzzTarget {
  /// A header block that is accepted reads the same to somebody who has seen only what was sent.
  ///
  /// The input is a request as it comes over the wire, which is cut up here as libmicrohttpd does it;
  /// or, behind a first byte of 0, a block with NULs anywhere, of which nothing is known.
  func checkHeader(_ input: [UInt8]) throws {
    let isSent = input.first != 0
    if isSent, !Self.isWhole(input) { return }
    let block = isSent ? Self.cutUp(input) : Array(input.dropFirst())
    // libmicrohttpd looks for spaces.
    let (marked, mark) = isSent ? (input, UInt8(ascii: " ")) : (block, 0)
    guard let start = marked.firstIndex(of: mark),
      let end = marked[(start + 1)...].firstIndex(of: mark)
    else { return }
    // libmicrohttpd itself refuses another version.
    let version = block[(end + 1)...].prefix(8)
    let isKnown = version.starts(with: "HTTP/1.".utf8) && version.last.map { 48...57 ~= $0 } == true
    if isSent, !isKnown { return }
    let names = isSent ? Self.names(in: input) : Self.namesSupposed(in: block)
    let read = block.withUnsafeBytes { bytes in
      try? HeaderBlock(
        bytes, target: (start + 1)..<end, version: end + 1,
        names: names.compactMap { bytes.baseAddress?.advanced(by: $0) })
    }
    guard isSent, let read else { return }
    try checkLines(Self.lines(of: Self.withPlainEnd(input)), read)
  }

  private func checkLines(_ lines: [[UInt8]], _ read: HeaderBlock) throws {
    try expect(lines.count >= 3 && lines.suffix(2) == [[], []], "it ends with an empty line")
    let requestLine = lines[0].split(separator: 0x20, omittingEmptySubsequences: false)
    try expect(requestLine.count == 3 && requestLine[2].count == 8, "it begins with three words")
    var fields: [(name: String, value: String)] = []
    for line in lines.dropFirst().dropLast(2) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
        throw Broken(description: "a line without a colon")
      }
      try expect(
        colon > 0 && line[..<colon].allSatisfy(\.isTokenByte), "names are tokens: \(line)")
      let value = line[(colon + 1)...]
      try expect(value.allSatisfy(\.isFieldByte), "values have no control characters: \(line)")
      fields.append(
        (
          String(decoding: line[..<colon], as: UTF8.self).lowercased(),
          String(decoding: Self.trimmed(value), as: UTF8.self)
        ))
    }
    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    let codings = values("transfer-encoding").map { $0.lowercased() }
    try expect(codings == (read.isChunked ? ["chunked"] : []), "there is no coding but chunked")
    try expect(
      !read.isChunked || requestLine[2].last != UInt8(ascii: "0"), "HTTP/1.0 knows no chunks")
    try expect(
      !read.isChunked || values("content-length").isEmpty, "a chunked body has no length")
    let hosts = values("host").count
    try expect(
      hosts == 1 || (hosts == 0 && requestLine[2].last == UInt8(ascii: "0")), "there is one host")
    let lengths = values("content-length")
    try expect(lengths.count <= 1, "there is one length")
    let isNumber = lengths.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { 48...57 ~= $0 } }
    try expect(isNumber, "a length is digits")
    // One that does not fit is the greatest there is.
    let length = lengths.first.map { Int($0) ?? .max } ?? 0
    try expect(
      read.contentLength == length, "the length is \(length), not \(read.contentLength)")
  }

  /// As libmicrohttpd leaves it: NULs for the spaces of the first line, the line ends, and each line's
  /// first colon if no NUL is before it.
  private static func cutUp(_ input: [UInt8]) -> [UInt8] {
    var block = input
    var isFirst = true
    var spaces = 0
    var hasColon = false
    for index in block.indices {
      switch block[index] {
      case UInt8(ascii: "\n"):
        if index > 0, block[index - 1] == UInt8(ascii: "\r") { block[index - 1] = 0 }
        block[index] = 0
        isFirst = false
        hasColon = false
      case UInt8(ascii: " ") where isFirst && spaces < 2:
        block[index] = 0
        spaces += 1
      case UInt8(ascii: ":") where !isFirst && !hasColon:
        block[index] = 0
        hasColon = true
      case 0: hasColon = true
      default: break
      }
    }
    return block
  }

  /// Where libmicrohttpd finds names: at the beginning of each line but the first and the last, if none
  /// is folded, which is refused.
  private static func names(in input: [UInt8]) -> [Int] {
    input.indices.filter { $0 > 0 && input[$0 - 1] == UInt8(ascii: "\n") }.dropLast()
  }

  /// Where names would be if each two NULs were a line end.
  private static func namesSupposed(in block: [UInt8]) -> [Int] {
    block.indices.filter { $0 > 1 && block[$0] != 0 && block[$0 - 1] == 0 && block[$0 - 2] == 0 }
  }

  /// Whether libmicrohttpd would ask what is to be done: each header field has a colon before any NUL,
  /// and the one empty line, or one that begins with a NUL, is the last; as does one that begins with a
  /// colon, if it is not the first.
  private static func isWhole(_ input: [UInt8]) -> Bool {
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count >= 3, lines.last == [], let end = lines.dropLast().last else { return false }
    let isEnd = { (line: ArraySlice<UInt8>) in
      line.isEmpty || line == [UInt8(ascii: "\r")] || line.first == 0
    }
    let fields = lines.dropFirst().dropLast(2)
    let isUnnamed = { (line: ArraySlice<UInt8>) in line.first == UInt8(ascii: ":") }
    return (isEnd(end) || !fields.isEmpty && isUnnamed(end))
      && !fields.dropFirst().contains(where: isUnnamed)
      && fields.allSatisfy { line in
        let isFolded = line.first == 0x20 || line.first == 0x09
        let hasColon = line.prefix { $0 != 0 }.contains(UInt8(ascii: ":"))
        return !isEnd(line) && (isFolded || hasColon)
      }
  }

  /// With CR LF CR LF for the end: whatever it was, if libmicrohttpd has found one, four NULs are left.
  private static func withPlainEnd(_ input: [UInt8]) -> [UInt8] {
    input.dropLast(4) + Array("\r\n\r\n".utf8)
  }

  /// What stands between line ends; NUL LF passes for one, because libmicrohttpd leaves the same of it.
  private static func lines(of input: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = [[]]
    for byte in input {
      let last = lines[lines.count - 1].last
      if byte == UInt8(ascii: "\n"), last == UInt8(ascii: "\r") || last == 0 {
        lines[lines.count - 1].removeLast()
        lines.append([])
      } else {
        lines[lines.count - 1].append(byte)
      }
    }
    return lines
  }

  private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    var rest = value.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }
}
