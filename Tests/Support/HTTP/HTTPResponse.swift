import Foundation

/// A response, taken apart.
package struct HTTPResponse: Sendable {
  /// The status code.
  package let status: Int
  /// The header fields in the order in which they came, with the names as they were written.
  package let headers: [(name: String, value: String)]
  /// The body, without the framing of chunks.
  package let body: [UInt8]
  /// Whether the connection cannot be used after it.
  let endsConnection: Bool

  /// The value of the first header field of this name, in any case.
  package func header(_ name: String) -> String? {
    Self.value(of: name, in: headers)
  }

  /// The body as text.
  package var text: String { String(decoding: body, as: UTF8.self) }

  /// Reads one.
  ///
  /// - Parameter toHead: Whether it answers a HEAD request and so has no body, whatever it says.
  package init(from socket: BlockingSocket, toHead: Bool) throws {
    let statusLine = try socket.line()
    let words = statusLine.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      throw ClientError.malformed(statusLine)
    }
    do {
      try self.init(status, version: words[0], from: socket, toHead: toHead)
    } catch ClientError.closed {
      throw ClientError.cutOff
    }
  }

  /// Reads what comes after the status line.
  private init(
    _ status: Int, version: Substring, from socket: BlockingSocket, toHead: Bool
  ) throws {
    let headers = try Self.headers(from: socket)
    let length = Self.value(of: "Content-Length", in: headers)
    let isChunked = Self.value(of: "Transfer-Encoding", in: headers)?.lowercased() == "chunked"
    var endsConnection =
      version == "HTTP/1.0"
      || Self.value(of: "Connection", in: headers)?.lowercased() == "close"
    if toHead || status < 200 || status == 204 || status == 304 {
      body = []
    } else if isChunked {
      body = try Self.chunks(from: socket)
    } else if let length {
      guard let length = Int(length), length >= 0 else { throw ClientError.malformed(length) }
      body = try socket.bytes(length)
    } else {
      body = try socket.bytesToEnd()
      endsConnection = true
    }
    self.status = status
    self.headers = headers
    self.endsConnection = endsConnection
  }

  private static func headers(
    from socket: BlockingSocket
  ) throws -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    while true {
      let line = try socket.line()
      if line.isEmpty { return headers }
      guard let colon = line.firstIndex(of: ":") else { throw ClientError.malformed(line) }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      headers.append((String(line[..<colon]), value))
    }
  }

  private static func chunks(from socket: BlockingSocket) throws -> [UInt8] {
    var body: [UInt8] = []
    while true {
      let line = try socket.line()
      guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else {
        throw ClientError.malformed(line)
      }
      if size == 0 {
        _ = try headers(from: socket)
        return body
      }
      body += try socket.bytes(size)
      _ = try socket.line()
    }
  }

  private static func value(
    of name: String, in headers: [(name: String, value: String)]
  ) -> String? {
    headers.first { $0.name.caseInsensitiveCompare(name) == .orderedSame }?.value
  }
}
