import Foundation
import TestSupport
import Testing

@Suite("HTTPClient")
struct HTTPClientTests {
  @Test("a request goes out as it should and its response comes back taken apart")
  func request() throws {
    let server = try ScriptedServer([
      ["HTTP/1.1 202 Accepted\r\nX-A:  b \r\nContent-Length: 15\r\n\r\n{\"position\": 3}"]
    ])
    let client = HTTPClient(server.address)
    let response = try client.post("/join?a=b", json: ["event_id": "e"], headers: [("X-C", "d")])
    #expect(response.status == 202)
    #expect(response.header("x-a") == "b")
    #expect(response.header("x-b") == nil)
    #expect(try response.integer("position") == 3)
    #expect(
      server.text
        == "POST /join?a=b HTTP/1.1\r\nHost: localhost\r\nX-C: d\r\n"
        + "Content-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"event_id\":\"e\"}")
  }

  @Test("a connection is kept, until the server says that it closes; then there is a new one")
  func keepAlive() throws {
    let server = try ScriptedServer([
      [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: Close\r\n\r\n2",
      ],
      ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3"],
    ])
    let client = HTTPClient(server.address)
    #expect(!client.isConnected)
    #expect(try client.get("/").text == "1")
    #expect(client.isConnected)
    #expect(try client.get("/").text == "2")
    #expect(!client.isConnected)
    #expect(try client.get("/").text == "3")
    try eventually("the server has closed") { !client.isConnected }
  }

  @Test(
    "the body is framed as the response says",
    arguments: [
      (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\nT: t\r\n\r\n",
        "abc0123456789"
      ),
      ("HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"),
      ("HTTP/1.1 204 No Content\r\n\r\n", ""),
      ("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", ""),
      ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
      ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "ok"),
    ])
  func framing(answer: String, body: String) throws {
    let server = try ScriptedServer([[answer]])
    #expect(try HTTPClient(server.address).get("/").text == body)
  }

  @Test("the response to HEAD has no body, whatever length it tells")
  func head() throws {
    let server = try ScriptedServer([
      [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n",
      ]
    ])
    let client = HTTPClient(server.address)
    #expect(try client.request("HEAD", "/").body == [])
    #expect(try client.get("/").status == 404)
  }

  @Test("bytes go out as they are, and come back as they are until the server closes")
  func raw() throws {
    let server = try ScriptedServer([["not HTTP at all"]])
    let client = HTTPClient(server.address)
    try client.write([0, 1] + Array("\r\n\r\n".utf8))
    #expect(try client.bytesToEnd() == Array("not HTTP at all".utf8))
    #expect(server.text == "\u{0}\u{1}\r\n\r\n")
    #expect(!client.isConnected)
  }

  @Test(
    "what is no complete response is an error that says so",
    arguments: [
      ("SSH-2.0-x\r\n", ClientError.malformed("SSH-2.0-x")),
      ("HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", .malformed("ten")),
      ("HTTP/1.1 200 OK\r\nnothing\r\n\r\n", .malformed("nothing")),
      ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", .cutOff),
      ("HTTP/1.1 200 OK\r\nContent-Le", .cutOff),
      ("", .closed),
    ])
  func malformed(answer: String, error: ClientError) throws {
    let server = try ScriptedServer([[answer]])
    #expect(throws: error) { try HTTPClient(server.address).get("/") }
  }

  @Test("a silent server times out, and its connection, where an answer may yet come, is given up")
  func timeout() throws {
    let server = try ScriptedServer([["HTTP/1.1 200 OK\r\n", "never"]])
    let client = HTTPClient(server.address, timeout: .milliseconds(20))
    #expect(throws: ClientError.timedOut) { try client.get("/") }
    #expect(!client.isConnected)
  }

  @Test("a server that is not there refuses")
  func refused() throws {
    let client = HTTPClient(try LocalAddress.freePort())
    #expect(throws: ClientError.system(call: "connect", code: ECONNREFUSED)) {
      try client.connect()
    }
  }
}
