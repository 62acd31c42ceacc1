/// The name under which a request is found in logs, here and elsewhere: `X-Request-ID`, or the
/// trace id of a W3C `traceparent`, or one made up.
///
/// Source: W3C Trace Context, section 3.2.
package enum TraceID {
  /// The trace id of a request with these header fields. What a client sent is taken only if it can
  /// stand in a log line as it is.
  package static func of(_ header: (String) -> String?) -> String {
    if let id = header("X-Request-ID"), isPrintable(id) { return id }
    if let parent = header("traceparent"), let id = traceID(inParent: parent) { return id }
    return random()
  }

  /// Whether `id` can stand in a log line, and in quotation marks, as it is.
  static func isPrintable(_ id: String) -> Bool {
    (1...128).contains(id.utf8.count)
      && id.utf8.allSatisfy {
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
  }

  /// The second field of `version-traceid-parentid-flags`, unless it is malformed or all zeros.
  static func traceID(inParent parent: String) -> String? {
    let fields = parent.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count >= 4, fields[0].utf8.count == 2 else { return nil }
    let id = fields[1]
    let isHex = id.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
    }
    guard id.utf8.count == 32, isHex, id.contains(where: { $0 != "0" }) else { return nil }
    return String(id)
  }

  /// 16 hexadecimal digits.
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let number = generator.next()
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
