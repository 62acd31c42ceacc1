@testable import Queue

/// Generates hostile requests: sound HTTP, so that each has an answer, with anything else in them. The
/// same seed makes the same requests.
struct RequestFuzzer {
  /// Tokens, grants and the like that are good, so that what is wrong lies deeper.
  let genuine: [String]
  private var random: SplitMix64

  init(seed: UInt64, genuine: [String]) {
    random = SplitMix64(seed: seed)
    self.genuine = genuine
  }

  /// The next request, as it goes over the wire.
  mutating func request() -> [UInt8] {
    switch below(10) {
    case 0...2: post("/api/v1/queue/join", ["event_id", "user_id"])
    case 3: query("GET", "/api/v1/queue/status")
    case 4: query("DELETE", "/api/v1/queue/leave")
    case 5: post("/api/v1/queue/enter", ["waiting_token"])
    case 6: post("/api/v1/queue/verify", ["reservation_token"])
    case 7: post("/api/v1/seats/hold", ["event_id", "seat_ids", "reservation_token"])
    case 8: post("/api/v1/stock/take", ["event_id", "item", "user_id", "reservation_token"])
    default: elsewhere()
    }
  }

  private mutating func elsewhere() -> [UInt8] {
    switch below(4) {
    case 0: post("/api/v1/seats/release", ["hold_id"])
    case 1: post("/api/v1/seats/confirm", ["hold_id"])
    case 2: query("GET", "/api/v1/events/\(encoded(bytes(), all: false))/seats")
    default: query(["GET", "PUT", "BREW"][below(3)], "/\(encoded(bytes(), all: false))")
    }
  }

  // MARK: - Requests

  private mutating func post(_ path: String, _ names: [String]) -> [UInt8] {
    let body = body(names)
    return head("POST", path, "Content-Length: \(body.count)\r\n") + body
  }

  private mutating func query(_ method: String, _ path: String) -> [UInt8] {
    var query = ""
    for _ in 0...below(3) {
      let name = ["token", "after", "limit", "verbose", encoded(bytes(), all: false)][below(5)]
      query += "\(query.isEmpty ? "?" : "&")\(name)=\(encoded(bytes(), all: below(2) == 0))"
    }
    return head(method, path + (below(20) == 0 ? "" : query), "")
  }

  private mutating func head(_ method: String, _ path: String, _ fields: String) -> [UInt8] {
    var head = Array("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)".utf8)
    if below(4) == 0 {
      let name = ["Idempotency-Key", "X-Request-ID", "traceparent", "If-None-Match"][below(4)]
      // A control character would be no sound HTTP.
      head += "\(name): ".utf8 + bytes().filter { $0 >= 0x20 && $0 != 0x7F }.prefix(2000)
      head += "\r\n".utf8
    }
    return head + "\r\n".utf8
  }

  /// JSON, or what was JSON before it was damaged.
  private mutating func body(_ names: [String]) -> [UInt8] {
    var body = Array("{".utf8)
    for name in names where below(12) > 0 {
      if body.count > 1 { body.append(UInt8(ascii: ",")) }
      body += "\"\(name)\":".utf8
      body += name == "seat_ids" && below(8) > 0 ? list() : value()
    }
    body.append(UInt8(ascii: "}"))
    if below(4) == 0 {
      for _ in 0...below(4) { damage(&body) }
    }
    return Array(body.prefix(16_384))
  }

  private mutating func list() -> [UInt8] {
    let values = (0...below(6)).map { _ in value() }
    return Array("[".utf8) + values.joined(separator: ",".utf8) + "]".utf8
  }

  private mutating func value() -> [UInt8] {
    if below(16) == 0 {
      return Array(Self.values[below(Self.values.count)].utf8)
    }
    var text = Array("\"".utf8)
    for byte in bytes() {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case ..<0x20: text += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
      default: text.append(byte)
      }
    }
    return text + "\"".utf8
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = below(bytes.count)
    switch below(4) {
    case 0: bytes[place] = UInt8(below(256))
    case 1: bytes.remove(at: place)
    case 2: bytes.insert(UInt8(below(256)), at: place)
    default: bytes.removeLast(below(bytes.count))
    }
  }

  // MARK: - Names

  /// What could be meant for a name.
  private mutating func bytes() -> [UInt8] {
    var bytes: [UInt8]
    switch below(6) {
    case 0: bytes = (0..<below(80)).map { _ in UInt8(below(256)) }
    case 1: bytes = Array(genuine[below(genuine.count)].utf8)
    case 2: bytes = Array("show-\(below(50))".utf8)
    default: bytes = Array(Self.names[below(Self.names.count)].utf8)
    }
    if below(4) == 0 { bytes += Self.names[below(Self.names.count)].utf8 }
    if below(4) == 0 { damage(&bytes) }
    return bytes
  }

  /// As part of a target: percent-encoded, or only what a request line cannot have as it is.
  private mutating func encoded(_ bytes: [UInt8], all: Bool) -> String {
    var text = ""
    for byte in bytes.prefix(1500) {
      let isPlain = 0x21...0x7E ~= byte
      if all || !isPlain {
        text += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
      } else {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return text
  }

  private mutating func below(_ limit: Int) -> Int {
    Int(truncatingIfNeeded: random.next() >> 33) % limit
  }

  private static let values = ["null", "1", "-1e999", "true", "[]", #"{"a":{}}"#, #""\ud800""#]

  private static let names = [
    "", "a", "show", "A-1", "coupon", "{}", "{a}", "a}b", "{show}", "}{", "*", "?", "[a-z]", "..",
    "../..", "a/b", "a:b", "queue:event:{show}", "a\r\nFLUSHALL\r\n", "\r\n", "\0", "a\0b", "\n",
    "%00", "%7B", "%s%n", "${jndi:ldap://a}", "' OR 1=1 --", "</script>", "\u{1B}[2J", "\u{7F}",
    "\u{85}", "\u{FEFF}", "\u{202E}", "é", "e\u{301}", "\u{1F3AB}", "\u{212A}", "nan", "-inf",
    "9007199254740993", "-1", "1e999", "0x10", "null", "true", "$-1", "*1", "return redis.call()",
    String(repeating: "a", count: 64), String(repeating: "a", count: 65),
    String(repeating: "u", count: 128), String(repeating: "é", count: 65),
    String(repeating: "x", count: 5000),
  ]
}
