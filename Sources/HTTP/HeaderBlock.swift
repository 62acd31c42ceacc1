/// A request line and header fields that libmicrohttpd has parsed, read once more, strictly.
///
/// libmicrohttpd 0.9.75 is older than RFC 9112 and forgives what another server on the path may
/// understand differently, which is how one request becomes two. Its getters cannot tell: of
/// `Content-Length: 5`, a line break and ` 0` they report a field named `Content-Length0`.
///
/// But it parses in place: the block lies in one piece, from the method on, with the two bytes of
/// each CRLF, the colon after each name and the spaces of the request line overwritten by NULs.
/// (`connection.c`: `get_next_header_line`, `process_header_line`.) So the bytes still show a bare
/// LF, a folded line, which it moves away and leaves zeros for, and a NUL that a client sent. Only
/// NUL LF looks like CR LF, and is taken for it; and what the four bytes at the end were cannot be
/// told, because for the library a line that begins with a NUL or a colon ends the block as well.
/// Where the names begin the library tells: otherwise a value with NULs could look like two fields,
/// and LF and a colon like CR LF. Of which versions this is known says ``HTTPLibrary``; later ones are
/// told to be strict, and `HeaderBlock+fields.swift` checks what they let through.
///
/// Source: RFC 9112, sections 2.2, 3.2, 5.1, 5.2, 6.1 and 6.3.
struct HeaderBlock: Equatable {
  /// The declared length of the body; 0 without one.
  let contentLength: Int
  /// Whether a body of chunks follows instead.
  let isChunked: Bool

  /// Reads a block that begins with the method and ends with the empty line.
  ///
  /// - Parameters:
  ///   - target: where libmicrohttpd said that the target lies in `bytes`, before it cut it up.
  ///   - version: where the eight bytes of `HTTP/1.1` begin.
  ///   - names: where the names begin of the header fields that libmicrohttpd has found.
  init(
    _ bytes: UnsafeRawBufferPointer, target: Range<Int>, version: Int,
    names: some Sequence<UnsafeRawPointer>
  ) throws(RequestError) {
    var reader = Reader(bytes: bytes)
    guard reader.readToken() != nil, reader.skipNUL(), reader.position == target.lowerBound,
      version == target.upperBound + 1, version + 8 <= bytes.count,
      bytes[target.upperBound] == 0
    else { throw .malformed("the request line is not a method, a target and a version") }
    reader.position = version + 8
    guard reader.skipLineEnd() else { throw .malformed("a line does not end with CR LF") }

    var fields = Framing()
    var names = names.makeIterator()
    while !reader.skipLineEnd() {
      let isName = names.next() == bytes.baseAddress.map { $0 + reader.position }
      guard isName, let name = reader.readToken(), reader.skipNUL() else {
        throw .malformed("the name of a header field is not a token")
      }
      let value = reader.readValue()
      guard reader.skipLineEnd() else {
        throw .malformed("a header field has a control character or does not end with CR LF")
      }
      try fields.add(name, value, isTrimmed: bytes[value.endIndex] != 0)
    }
    guard reader.position == bytes.count, names.next() == nil else {
      throw .malformed("the header fields do not end with an empty line")
    }
    // Only HTTP/1.0 may do without a host, and it knows no chunks.
    try fields.check(isOldVersion: bytes[version + 7] == UInt8(ascii: "0"))
    contentLength = fields.contentLength ?? 0
    isChunked = fields.isChunked
  }
}

/// A position in the block.
private struct Reader {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// One or more token bytes.
  mutating func readToken() -> Slice<UnsafeRawBufferPointer>? {
    let token = read(while: \.isTokenByte)
    return token.isEmpty ? nil : token
  }

  /// A value without the white space around it.
  mutating func readValue() -> Slice<UnsafeRawBufferPointer> {
    var value = read(while: \.isFieldByte)
    while let first = value.first, isBlank(first) { value.removeFirst() }
    while let last = value.last, isBlank(last) { value.removeLast() }
    return value
  }

  mutating func skipNUL() -> Bool {
    guard position < bytes.count, bytes[position] == 0 else { return false }
    position += 1
    return true
  }

  /// What was CR LF.
  mutating func skipLineEnd() -> Bool {
    guard position + 1 < bytes.count, bytes[position] == 0, bytes[position + 1] == 0
    else { return false }
    position += 2
    return true
  }

  private mutating func read(
    while isAccepted: (UInt8) -> Bool
  ) -> Slice<UnsafeRawBufferPointer> {
    let start = position
    while position < bytes.count, isAccepted(bytes[position]) { position += 1 }
    return bytes[start..<position]
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }
}
