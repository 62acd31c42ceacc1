/// What may come over a connection, and what must come back.
struct HTTPCase: Sendable {
  /// What is odd about it.
  let name: String
  /// Latin-1: each character is a byte.
  let request: String
  /// The status of each answer, in order. Then the server closes the connection.
  let statuses: [Int]
  /// Whether the client ends its side behind the request, and asks nothing more.
  var breaksOff = false

  /// One with a right answer, after which the connection is as good as before: ``probe`` is answered.
  static func good(_ name: String, _ request: String, _ statuses: Int...) -> HTTPCase {
    HTTPCase(name: name, request: request, statuses: statuses + [probeStatus])
  }

  /// One whose answer is the last on its connection, whatever comes behind it.
  static func last(_ name: String, _ request: String, _ status: Int = 400) -> HTTPCase {
    HTTPCase(name: name, request: request, statuses: [status])
  }

  /// One that is no HTTP at all: there is nothing to answer.
  static func noise(_ name: String, _ request: String) -> HTTPCase {
    HTTPCase(name: name, request: request, statuses: [])
  }

  /// One that breaks off: nothing is answered.
  static func torn(_ name: String, _ request: String) -> HTTPCase {
    HTTPCase(name: name, request: request, statuses: [], breaksOff: true)
  }

  /// What is asked behind a case, as a person whom usher does not know.
  static let probe =
    "GET /api/v1/queue/status?token=probe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
  static let probeStatus = 404
}

/// The cases. Where another server on the path may see a second request in one, it is a join of
/// ``smuggled``, whose line must stay empty.
enum HTTPCorpus {
  static let smuggled = "smuggled"
  static let all = framing + chunks + fields + lines + truncation + encodings + sizes + methods

  private static let path = "/api/v1/queue/join"
  private static let json = #"{"event_id":"corpus"}"#
  private static let last = "Host: a\r\nConnection: close\r\n"
  private static let hidden = post(#"{"event_id":"smuggled"}"#)

  /// A join; `fields` are whole lines.
  private static func post(
    _ body: String = json, fields: String = "Host: a\r\n", length: String? = nil
  ) -> String {
    let length = length ?? "Content-Length: \(body.unicodeScalars.count)\r\n"
    return "POST \(path) HTTP/1.1\r\n\(fields)\(length)\r\n\(body)"
  }

  private static func get(_ target: String, _ fields: String = "") -> String {
    "GET \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
  }

  private static func status(_ query: String) -> String { get("/api/v1/queue/status?\(query)") }

  /// Where a body ends.
  static let framing: [HTTPCase] = [
    .last(
      "a length, then chunked",
      post(
        "0\r\n\r\n\(hidden)", length: "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")),
    .last(
      "chunked, then a length",
      post(
        "0\r\n\r\n\(hidden)", length: "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")),
    .last("an unknown coding", post(hidden, length: "Transfer-Encoding: xchunked\r\n"), 411),
    .last(
      "white space behind the coding",
      post("0\r\n\r\n\(hidden)", length: "Transfer-Encoding: chunked \r\n"), 411),
    .last("two codings", post(hidden, length: "Transfer-Encoding: gzip, chunked\r\n"), 411),
    .last(
      "chunked twice",
      post(hidden, length: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 411),
    .last("identity", post(length: "Transfer-Encoding: identity\r\n"), 411),
    .last("an empty coding", post(hidden, length: "Transfer-Encoding:\r\n"), 411),
    .last("a folded coding", post(hidden, length: "Transfer-Encoding:\r\n chunked\r\n")),
    .last(
      "two lengths", post(hidden, length: "Content-Length: 0\r\nContent-Length: 2\r\n")),
    .last(
      "one length, twice", post(length: "Content-Length: 21\r\nContent-Length: 21\r\n")),
    .last("a list of lengths", post(hidden, length: "Content-Length: 0, 0\r\n")),
    .last("a length with a sign", post(length: "Content-Length: +21\r\n")),
    .last("a length below zero", post(hidden, length: "Content-Length: -1\r\n")),
    .last("a hexadecimal length", post(length: "Content-Length: 0x15\r\n")),
    .last("no number", post(length: "Content-Length: twenty-one\r\n")),
    .last("an empty length", post(hidden, length: "Content-Length:\r\n")),
    .last("a length beyond 64 bits", post(length: "Content-Length: 18446744073709551637\r\n"), 413),
    .last("a space before the colon", post(hidden, length: "Content-Length : 0\r\n")),
    .last("a NUL in a length", post(hidden, length: "Content-Length: 0\u{0}2\r\n")),
    .last("a folded length", post(length: "Content-Length: 2\r\n 1\r\n")),
    .good("zeros before a length", post(length: "Content-Length: 0021\r\n"), 202),
    .good("no length", get("/api/v1/queue/join"), 405),
    .good("no body", post("", length: ""), 400),
    .good(
      "a body with a GET", get("/api/v1/queue/status?token=a", "Content-Length: 2\r\n") + "{}",
      404),
    .good("three requests at once", post() + post() + status("token=a"), 202, 202, 404),
    .good("an empty line before the request", "\r\n\(post())", 202),
  ]

  /// A body of chunks, which is the last on its connection.
  static let chunks: [HTTPCase] = [
    .last("chunked", chunked("15\r\n\(json)\r\n0\r\n\r\n"), 202),
    .last(
      "chunked in odd case",
      post("15\r\n\(json)\r\n0\r\n\r\n", length: "tRANSFER-eNCODING: Chunked\r\n"), 202),
    .last(
      "many chunks", chunked(json.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"), 202),
    .last("no chunk", chunked("0\r\n\r\n"), 400),
    .last("a request behind the last chunk", chunked("15\r\n\(json)\r\n0\r\n\r\n\(hidden)"), 202),
    .last(
      "an extension of a chunk", chunked("15;a=\"b\"\r\n\(json)\r\n0;c\r\n\r\n\(hidden)"), 202),
    .last(
      "trailers",
      chunked("15\r\n\(json)\r\n0\r\nContent-Length: 0\r\nX: y\r\n\r\n\(hidden)"), 202),
    .last("bare LFs around a chunk", chunked("15\n\(json)\n0\n\n\(hidden)"), 202),
    .last("a request in a chunk's extension", chunked("15;\(hidden)")),
    .last("no size of a chunk", chunked("\r\n\(hidden)")),
    .last("a chunk with a sign", chunked("+15\r\n\(json)\r\n0\r\n\r\n\(hidden)")),
    .last("a chunk below zero", chunked("-1\r\n\(hidden)")),
    .last("a chunk with a prefix", chunked("0x15\r\n\(json)\r\n0\r\n\r\n\(hidden)")),
    .last("a space behind a chunk's size", chunked("15 \r\n\(json)\r\n0\r\n\r\n\(hidden)")),
    .last("a bare CR behind a chunk's size", chunked("15\r\(json)\r\n0\r\n\r\n\(hidden)")),
    .last("a chunk that is longer than it says", chunked("14\r\n\(json)\r\n0\r\n\r\n\(hidden)")),
    .last("a chunk beyond 64 bits", chunked("10000000000000015\r\n\(json)\r\n\(hidden)"), 413),
    .last(
      "chunks that are too long",
      chunked("4000\r\n\(json.padding(to: 16_384))\r\n1\r\n \r\n"), 413),
    .torn("half a chunk", chunked("15\r\n{")),
    .torn("no last chunk", chunked("15\r\n\(json)\r\n")),
    .torn("no end of the trailers", chunked("15\r\n\(json)\r\n0\r\nX: y\r\n")),
  ]

  private static func chunked(_ chunks: String) -> String {
    post(chunks, length: "Transfer-Encoding: chunked\r\n")
  }

  /// Header fields.
  static let fields: [HTTPCase] = [
    .last("no Host", post(fields: "")),
    .last("two Hosts", post(fields: "Host: a\r\nHost: b\r\n")),
    .last("two Hosts in one", post(fields: "Host: a, b\r\n")),
    .last("a path in the Host", post(fields: "Host: a/b\r\n")),
    .last("a user in the Host", post(fields: "Host: b@a\r\n")),
    .last("no colon", post(fields: "Host: a\r\nX\r\n")),
    .last("no colon, and a bare LF", post(fields: "Host: a\r\nX\nY\r\n")),
    .last("no name", post(fields: "Host: a\r\n: b\r\n")),
    .last("a name with a bracket", post(fields: "Host: a\r\n(X): b\r\n")),
    .last("a fold", post(fields: "Host: a\r\nX: b\r\n c\r\n")),
    .last("a fold before all fields", post(fields: " X: b\r\nHost: a\r\n")),
    .last("a bare LF", post(fields: "Host: a\nX: b\r\n")),
    .last("a bare CR", post(fields: "Host: a\r\nX: b\rContent-Length: 0\r\n")),
    .last("a NUL", post(fields: "Host: a\r\nX: b\u{0}c\r\n")),
    .last("a line that is a NUL", post(fields: "Host: a\r\n\u{0}\r\n")),
    .last("a control character", post(fields: "Host: a\r\nX: \u{1B}[2J\r\n")),
    .good("bytes that are no ASCII", post(fields: "Host: a\r\nX: \u{E9}\u{FF}\r\n"), 202),
    .good("a field twice", post(fields: "Host: a\r\nX: 1\r\nX: 2\r\n"), 202),
    .good("a request id that is no text", post(fields: "Host: a\r\nX-Request-ID: \u{FF}\r\n"), 202),
    .good("an upgrade", post(fields: "Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"), 202),
    .last("a wish to close", post(fields: last), 202),
  ]

  /// The first line.
  static let lines: [HTTPCase] = [
    .last("no version", "GET /api/v1/queue/status?token=a\r\nHost: a\r\n\r\n"),
    .last("half a version", "GET / HTTP/1\r\nHost: a\r\n\r\n"),
    .last("HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    .last("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    .last("HTTP/1.0", "GET /api/v1/queue/status?token=a HTTP/1.0\r\n\r\n", 404),
    .last("a bare LF behind it", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
    .last("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    .last("a tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    .last("a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
    .last("a NUL in the target", "GET /a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n"),
    .last("a letter that is no ASCII", get("/\u{E9}")),
    .last("no path", "GET api HTTP/1.1\r\nHost: a\r\n\r\n"),
    .noise("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}\r\n\r\n"),
    .noise("Redis", "*1\r\n$4\r\nPING\r\n\r\n"),
    .good(
      "the absolute form",
      "GET http://b/api/v1/queue/status?token=a HTTP/1.1\r\nHost: a\r\n\r\n", 404),
  ]

  /// What ends too soon.
  static let truncation: [HTTPCase] = [
    .torn("nothing", ""),
    .torn("half a method", "PO"),
    .torn("half a target", "POST /api/v1/qu"),
    .torn("a request line", "POST \(path) HTTP/1.1\r\n"),
    .torn("half a name", "POST \(path) HTTP/1.1\r\nHost: a\r\nConte"),
    .torn("no empty line", "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n"),
    .torn("no body", post("", length: "Content-Length: 21\r\n")),
    .torn("half a body", post(#"{"event_id":"#, length: "Content-Length: 21\r\n")),
    .torn("a body that lacks a byte", post(length: "Content-Length: 22\r\n")),
    HTTPCase(
      name: "nothing behind the body", request: post(fields: last), statuses: [202],
      breaksOff: true),
    HTTPCase(
      name: "half a second request", request: post(fields: last) + "POST /ap", statuses: [202],
      breaksOff: true),
  ]

  /// What is written otherwise than usual.
  static let encodings: [HTTPCase] = [
    .good("an encoded slash", get("/api/v1/queue%2Fstatus?token=a"), 404),
    .good("an encoded letter", get("/api/v1/queue/%73tatus?token=a"), 404),
    .good("dots", get("/api/v1/queue/x/../status?token=a"), 404),
    .good("two slashes", get("//api/v1/queue/status?token=a"), 404),
    .good("capitals", get("/API/v1/queue/status?token=a"), 404),
    .good("a semicolon", get("/api/v1/queue/status;x?token=a"), 404),
    .good("half a code", status("token=%4"), 400),
    .good("no code", status("token=%zz"), 400),
    .good("a code that is no UTF-8", status("token=%C0%AF"), 400),
    .good("an encoded NUL", status("token=%00"), 404),
    .good("an encoded line", status("token=a%0d%0aX:%20b"), 404),
    .good("two tokens", status("token=a&token=b"), 400),
    .good("an empty token", status("token="), 400),
    .good("a body with a byte order mark", post("\u{EF}\u{BB}\u{BF}\(json)"), 400),
    .good("a body in UTF-16", post(json.unicodeScalars.map { "\u{0}\($0)" }.joined()), 400),
    .good("a body that is no UTF-8", post("{\"event_id\":\"\u{FF}\"}"), 400),
    .good(
      "a compressed body",
      post("\u{1F}\u{8B}\u{8}\u{0}", fields: "Host: a\r\nContent-Encoding: gzip\r\n"), 400),
    .good("a form", post("event_id=corpus"), 400),
  ]

  /// What is long.
  static let sizes: [HTTPCase] = [
    .good("the longest body", post(json.padding(to: 16_384)), 202),
    .last("a body that is too long", post(json.padding(to: 16_385)), 413),
    .last("a body of 8 EiB", post(length: "Content-Length: 9223372036854775807\r\n"), 413),
    .good("a token of 8 KiB", status("token=" + "a".padding(to: 8192, with: "a")), 404),
    .last("a target of 40 kB", get("/" + "a".padding(to: 40_000, with: "a")), 414),
    .last("a field of 40 kB", get("/", "X: " + "a".padding(to: 40_000, with: "a") + "\r\n"), 431),
    .last(
      "5000 fields", get("/", String(repeating: "X: a\r\n", count: 5000)), 431),
    .good("100 fields", get("/", String(repeating: "X: a\r\n", count: 100)), 404),
    .good("a body of 16,000 brackets", post("[".padding(to: 16_000, with: "[")), 400),
  ]

  /// Methods that a route does not take, or that no server knows.
  static let methods: [HTTPCase] =
    ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "post", "FOO", "A!#$%&'*+-.^_`|~9"]
    .map { .good("\($0) a join", "\($0) \(path) HTTP/1.1\r\nHost: a\r\n\r\n", 405) } + [
      .good("HEAD", "HEAD /api/v1/queue/status?token=a HTTP/1.1\r\nHost: a\r\n\r\n", 405),
      .good("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404),
      .last("CONNECT", "CONNECT b:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
      .last("a bracket in a method", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
      .last("a NUL in a method", "G\u{0}T / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]
}

extension String {
  /// With spaces, or something else, up to a length.
  fileprivate func padding(to length: Int, with filler: Character = " ") -> String {
    self + String(repeating: filler, count: length - count)
  }
}
