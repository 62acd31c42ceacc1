/// The fields that decide where a request ends and whom it is for.
struct Framing {
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  private var hasTransferEncoding = false
  private var hasHost = false

  /// Takes a field, whose value is without the white space around it.
  ///
  /// - Parameter isTrimmed: whether there was any behind it.
  mutating func add(
    _ name: Slice<UnsafeRawBufferPointer>, _ value: Slice<UnsafeRawBufferPointer>,
    isTrimmed: @autoclosure () -> Bool
  ) throws(RequestError) {
    switch name.count {
    case 4 where isEqual(name, "host"):
      if hasHost { throw .malformed("there is more than one Host") }
      guard value.allSatisfy(\.isHostByte) else { throw .malformed("the Host is not one") }
      hasHost = true
    case 14 where isEqual(name, "content-length"):
      if contentLength != nil { throw .malformed("there is more than one Content-Length") }
      guard let length = Self.decimal(value) else {
        throw .malformed("the Content-Length is not a number")
      }
      contentLength = length
    case 17 where isEqual(name, "transfer-encoding"):
      // White space behind it makes it another coding to libmicrohttpd 0.9.
      isChunked =
        !hasTransferEncoding && value.count == 7 && isEqual(value, "chunked") && !isTrimmed()
      hasTransferEncoding = true
    default: break
    }
  }

  /// Checks what the fields come to together, all having been added.
  ///
  /// - Parameter isOldVersion: HTTP/1.0, which alone may do without a host, and knows no chunks.
  func check(isOldVersion: Bool) throws(RequestError) {
    if hasTransferEncoding {
      if contentLength != nil {
        throw .malformed("there are both a Content-Length and a Transfer-Encoding")
      }
      if isOldVersion || !isChunked { throw .lengthRequired }
    }
    if !isOldVersion, !hasHost { throw .malformed("there is no Host") }
  }

  private func isEqual(_ bytes: Slice<UnsafeRawBufferPointer>, _ text: StaticString) -> Bool {
    zip(bytes, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
      .allSatisfy { $0.asciiLowercased == $1 }
  }

  /// Digits only; a number that does not fit is too long in any case.
  private static func decimal(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
    let isNumber = digits.allSatisfy { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }
    guard !digits.isEmpty, isNumber else { return nil }
    var number = 0
    for byte in digits {
      let (product, overflow) = number.multipliedReportingOverflow(by: 10)
      if overflow { return .max }
      number = product &+ Int(byte - UInt8(ascii: "0"))
      if number < 0 { return .max }
    }
    return number
  }
}
