import Glibc

extension HeaderBlock {
  /// Takes what libmicrohttpd 1.0 or later has found in a block that it was strict about.
  ///
  /// By itself it refuses a length beside a coding, an unknown coding, a length that is no number, a
  /// bare CR or LF, a fold, a NUL, white space in a name or before the colon, and HTTP/1.1 without a
  /// host. It lets through two lengths, of which it believes the first, two codings, two hosts, control
  /// characters, and methods and names that are no tokens.
  ///
  /// - Parameters:
  ///   - method: up to a NUL.
  ///   - version: `HTTP/1.`, a digit and a NUL.
  ///   - bytes: where the block lies.
  init(
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, fields: some Sequence<HeaderField>,
    in bytes: UnsafeRawBufferPointer
  ) throws(RequestError) {
    let method = UnsafeRawBufferPointer(start: method, count: strlen(method))
    guard !method.isEmpty, method.allSatisfy(\.isTokenByte) else {
      throw .malformed("the method is not a token")
    }
    var framing = Framing()
    for field in fields {
      guard !field.name.isEmpty, field.name.allSatisfy(\.isTokenByte) else {
        throw .malformed("the name of a header field is not a token")
      }
      guard field.value.allSatisfy(\.isFieldByte) else {
        throw .malformed("a header field has a control character")
      }
      try framing.add(field.name[...], field.value[...], isTrimmed: field.isTrimmed(in: bytes))
    }
    try framing.check(isOldVersion: strcmp(version, "HTTP/1.0") == 0)
    contentLength = framing.contentLength ?? 0
    isChunked = framing.isChunked
  }
}

extension HeaderField {
  /// Whether white space stood behind the value. libmicrohttpd puts a NUL there, and where there was none,
  /// that was the CR, and the LF is left. Only bytes of the block are looked at.
  fileprivate func isTrimmed(in block: UnsafeRawBufferPointer) -> Bool {
    guard let start = block.baseAddress, let place = value.baseAddress else { return false }
    let lineFeed = place + value.count + 1 - start
    return block.indices.contains(lineFeed) && block[lineFeed] != UInt8(ascii: "\n")
  }
}
