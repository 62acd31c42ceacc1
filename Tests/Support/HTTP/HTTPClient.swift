import Foundation

/// A small blocking HTTP/1.1 client that keeps its connection, and can send any bytes at all.
///
/// It connects when it must: at the first request, and after the server or an error has ended the
/// connection. It never repeats a request by itself. For one thread at a time.
package final class HTTPClient {
  /// Where it connects to.
  package let address: LocalAddress
  private let timeout: Duration
  /// The server, if a test started it: it runs as long as this client may ask it.
  private let server: UsherProcess?
  private var socket: BlockingSocket?

  /// A client that is not connected yet.
  ///
  /// - Parameter timeout: How long each request waits for the server to send something.
  package convenience init(_ address: LocalAddress, timeout: Duration = .seconds(10)) {
    self.init(address, timeout: timeout, server: nil)
  }

  init(_ address: LocalAddress, timeout: Duration, server: UsherProcess?) {
    self.server = server
    self.address = address
    self.timeout = timeout
  }

  /// Sends a request and waits for the response.
  ///
  /// - Parameters:
  ///   - target: Path and query, as they go over the wire.
  ///   - headers: More than `Host` and `Content-Length`.
  package func request(
    _ method: String, _ target: String, headers: [(String, String)] = [], body: [UInt8]? = nil
  ) throws -> HTTPResponse {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.count)\r\n" }
    let bytes = Array("\(head)\r\n".utf8) + (body ?? [])
    try connected { socket in
      // A server that refuses a long body may answer and close before it has it all.
      do { try socket.send(bytes) } catch ClientError.closed {}
    }
    return try response(toHead: method == "HEAD")
  }

  /// `GET`.
  package func get(_ target: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try request("GET", target, headers: headers)
  }

  /// `DELETE`.
  package func delete(_ target: String, headers: [(String, String)] = []) throws -> HTTPResponse {
    try request("DELETE", target, headers: headers)
  }

  /// `POST` of a JSON object.
  package func post(
    _ target: String, json: [String: Any], headers: [(String, String)] = []
  ) throws -> HTTPResponse {
    let body = try JSONSerialization.data(withJSONObject: json, options: .sortedKeys)
    let type = ("Content-Type", "application/json")
    return try request("POST", target, headers: headers + [type], body: Array(body))
  }

  /// Sends bytes as they are, also such that are no request.
  package func write(_ bytes: [UInt8]) throws {
    try connected { try $0.send(bytes) }
  }

  /// Waits for the next final response to what was written; interim ones (1xx) are passed over.
  ///
  /// - Parameter toHead: Whether it answers a HEAD request and so has no body, whatever it says.
  package func response(toHead: Bool = false) throws -> HTTPResponse {
    let response = try connected { socket in
      var response = try HTTPResponse(from: socket, toHead: toHead)
      while response.status < 200 { response = try HTTPResponse(from: socket, toHead: toHead) }
      return response
    }
    if response.endsConnection { close() }
    return response
  }

  /// Waits until the server closes the connection and returns all that it sent before.
  package func bytesToEnd() throws -> [UInt8] {
    defer { close() }
    return try connected { try $0.bytesToEnd() }
  }

  /// Tells the server that nothing more will come; its response can still be read.
  package func finishWriting() throws {
    try connected { $0.finishSending() }
  }

  /// Whether there is a connection that the server has not closed, as far as is known here by now.
  package var isConnected: Bool {
    socket.map { !$0.isAtEnd() } ?? false
  }

  /// Connects, if there is no connection, without sending anything.
  package func connect() throws {
    try connected { _ in }
  }

  /// Ends the connection, if there is one.
  package func close() {
    socket = nil
  }

  private func connected<Result>(_ body: (BlockingSocket) throws -> Result) throws -> Result {
    let socket = try self.socket ?? BlockingSocket(address, timeout: timeout)
    self.socket = socket
    do {
      return try body(socket)
    } catch {
      // What comes after a timeout would be taken for the answer to something else.
      self.socket = nil
      throw error
    }
  }
}

@available(*, unavailable, message: "a client is for one thread; make one for each")
extension HTTPClient: Sendable {}
