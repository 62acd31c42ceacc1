import HTTP
import TestSupport
import Testing

extension WholeProgram {
  @Suite("what never becomes a request")
  struct TransportTests {
    @Test("a body may have 16 KiB; a longer one is refused before it is sent")
    func bodyLimit() throws {
      let gateway = try UsherFixture(redis: .standalone).gateway()
      let limit = 16 * 1024
      let body = Array(#"{"event_id":"show"}"#.utf8)
      let longest = body + Array(repeating: UInt8(ascii: " "), count: limit - body.count)
      let path = "/api/v1/queue/join"
      #expect(try gateway.http.request("POST", path, body: longest).status == 202)

      let head = "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(limit + 1)\r\n\r\n"
      try gateway.http.write(Array(head.utf8))
      try expect(try gateway.http.response(), 413, "BODY_TOO_LARGE")
    }

    @Test("a request that another server might read differently is refused, in JSON")
    func ambiguous() throws {
      let gateway = try UsherFixture(redis: .standalone).gateway()
      let join = "POST /api/v1/queue/join HTTP/1.1\r\n"
      let chunked = "Transfer-Encoding: chunked\r\n"
      let requests = [
        (411, "LENGTH_REQUIRED", "\(join)Host: a\r\n\(chunked)\(chunked)\r\n0\r\n\r\n"),
        (400, "INVALID_REQUEST", "\(join)Host: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n"),
        (
          400, "INVALID_REQUEST", "\(join)Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n"
        ),
      ]
      for (status, code, request) in requests {
        try gateway.http.write(Array(request.utf8))
        try expect(try gateway.http.response(), status, code)
      }
      #expect(try gateway.join("show").status == 202)
    }

    @Test("so is one that a strict libmicrohttpd refuses by itself, with 400 and in its own words")
    func refusedByLibrary() throws {
      let gateway = try UsherFixture(redis: .standalone).gateway()
      let join = "POST /api/v1/queue/join HTTP/1.1\r\n"
      let isStrict = try HTTPLibrary.found().isStrict
      let others = [
        (
          411, "LENGTH_REQUIRED",
          "\(join)Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
        ),
        (400, "INVALID_REQUEST", "\(join)Content-Length: 0\r\n\r\n"),
        (400, "INVALID_REQUEST", "\(join)Host: a\r\nContent-Length : 0\r\n\r\n"),
      ]
      for (status, code, request) in others {
        try gateway.http.write(Array(request.utf8))
        let answer = try gateway.http.response()
        if !isStrict { try expect(answer, status, code) }
        #expect(answer.status == (isStrict ? 400 : status))
        #expect(answer.header("Connection") == "close")
      }
      #expect(try gateway.join("show").status == 202)
    }

    @Test("what is refused so early is counted, and found under the id that it came with")
    func counted() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let gateway = fixture.gateway()
      let join = "POST /api/v1/queue/join HTTP/1.1\r\nX-Request-ID: lost-and-found\r\n"
      let series = "usher_http_requests_total{route=\"unmatched\",method=\"POST\",code="
      let chunked = "Transfer-Encoding: chunked\r\n"
      let requests = [
        (413, "\(join)Host: a\r\nContent-Length: 999999\r\n\r\n"),
        (411, "\(join)Host: a\r\n\(chunked)\(chunked)\r\n"),
        (400, "\(join)Host: a\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}"),
      ]
      for (status, request) in requests {
        #expect(try fixture.usher.metric("\(series)\"\(status)\"}") == 0)
        try gateway.http.write(Array(request.utf8))
        let answer = try gateway.http.response()
        #expect(answer.status == status)
        #expect(answer.error["trace_id"] == .string("lost-and-found"))
        #expect(try fixture.usher.metric("\(series)\"\(status)\"}") == 1)
      }
    }

    private func expect(_ answer: HTTPResponse, _ status: Int, _ code: String) throws {
      let about = Comment(rawValue: answer.text)
      #expect(answer.status == status, about)
      #expect(answer.errorCode == code, about)
      #expect(answer.header("Content-Type") == "application/json", about)
      #expect(answer.header("Connection") == "close", about)
      #expect(
        answer.error.mapValues(\.kind)
          == ["code": .string, "message": .string, "trace_id": .string], about)
      #expect(answer.error["trace_id"] != .string(""), about)
    }

    @Test("a gateway on the same machine may come through a Unix socket")
    func unixSocket() throws {
      let directory = try TemporaryDirectory()
      let fixture = try UsherFixture(
        redis: .standalone, flags: ["--fronts", "2"],
        address: .unix(path: directory.path(of: "usher.sock")))
      let places = try (0..<4).map {
        try fixture.gateway().join("show", as: "\($0)").integer("position_hint")
      }
      #expect(places == [1, 2, 3, 4])
    }
  }
}
