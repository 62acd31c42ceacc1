/// What a request line asks for: a path and a query, neither of them decoded.
///
/// Source: RFC 9112, section 3.2.
struct RequestTarget: Equatable {
  /// From the first `/` to the `?`; `*` for a request about the server itself.
  let path: String
  /// What follows the first `?`; empty without one.
  let query: String

  /// Reads `/path?query`, `http://host/path?query` or `*`; nil if `bytes` are none of these, or
  /// hold anything but visible ASCII.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard !bytes.isEmpty, bytes.allSatisfy({ 0x21 <= $0 && $0 <= 0x7E }) else { return nil }
    var rest = bytes[...]
    if rest.first != UInt8(ascii: "/"), !rest.elementsEqual("*".utf8) {
      // A server must accept the form that is meant for proxies; the host in it changes nothing here.
      guard let afterHost = Self.skippingSchemeAndHost(rest) else { return nil }
      rest = afterHost
    }
    let mark = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
    path = mark == rest.startIndex ? "/" : String(decoding: rest[..<mark], as: UTF8.self)
    query = String(decoding: rest[mark...].dropFirst(), as: UTF8.self)
  }

  private static func skippingSchemeAndHost(
    _ bytes: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Slice<UnsafeBufferPointer<UInt8>>? {
    for scheme in ["http://", "https://"] {
      let count = scheme.utf8.count
      let isEqual = bytes.prefix(count).elementsEqual(scheme.utf8) { $0.asciiLowercased == $1 }
      guard isEqual else { continue }
      let host = bytes.dropFirst(count)
        .prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
      return host.isEmpty ? nil : bytes[host.endIndex...]
    }
    return nil
  }
}
