import CMicrohttpd
import Glibc

/// libmicrohttpd's handle of a client's connection: the calls, and nothing decided.
///
/// Valid from libmicrohttpd's word that it is open until its word that it is closed. While it is
/// suspended, libmicrohttpd neither reads from it nor closes it.
struct Connection: Hashable {
  private let raw: OpaquePointer

  init(_ raw: OpaquePointer) {
    self.raw = raw
  }

  /// The name that ``HTTPServer`` gave to it.
  var slot: ConnectionTable.Slot? { ConnectionTable.Slot(context: cmhd_socket_context(raw)) }

  /// The socket, which stays libmicrohttpd's.
  var descriptor: Int32 { cmhd_socket(raw) }

  /// Where its client is.
  var client: ClientAddress { ClientAddress(cmhd_client_address(raw)) }

  /// Bytes from the method to the end of the empty line.
  var headerSize: Int { cmhd_header_size(raw) }

  /// Gives `body` the header fields that libmicrohttpd has found, in order.
  func withHeaderFields<Result>(
    _ body: (UnsafeBufferPointer<HeaderField>) -> Result
  ) -> Result {
    let count = Int(MHD_get_connection_values_n(raw, .HEADER_KIND, nil, nil))
    return withUnsafeTemporaryAllocation(of: HeaderField.self, capacity: count) { fields in
      var found: FoundFields = (fields, 0)
      MHD_get_connection_values_n(raw, .HEADER_KIND, headerFieldFound, &found)
      return body(UnsafeBufferPointer(rebasing: fields[..<found.count]))
    }
  }

  /// The value of the first header field of this name, without white space behind it. Bytes that are
  /// no UTF-8 become U+FFFD.
  func header(_ name: String) -> String? {
    var name = name
    var value: UnsafePointer<CChar>?
    var size = 0
    let isFound = name.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        MHD_lookup_connection_value_n(raw, .HEADER_KIND, $0.baseAddress, $0.count, &value, &size)
      }
    }
    guard isFound == .YES else { return nil }
    guard let value else { return "" }
    var bytes = UnsafeRawBufferPointer(start: value, count: size)[...]
    while let last = bytes.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") {
      bytes.removeLast()
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Sets the answer; it is sent when libmicrohttpd runs. libmicrohttpd reads `response` until it says
  /// that the request has ended.
  func queue(_ response: PreparedResponse, status: Int) {
    MHD_queue_response(raw, UInt32(status), response.raw)
  }

  /// Keeps libmicrohttpd away from it until ``resume()``.
  func suspend() { MHD_suspend_connection(raw) }

  /// Gives it back; libmicrohttpd takes note when it runs next.
  func resume() { MHD_resume_connection(raw) }

  /// Whether something has arrived that libmicrohttpd has not read.
  ///
  /// Source: `recv(2)`.
  var hasUnread: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
  }

  /// Makes libmicrohttpd read once more, when it runs next, what a client has left that has closed its
  /// sending side.
  ///
  /// libmicrohttpd is told by an edge that there is something to read, and does not read again behind a
  /// read that got less than it could take: the end that came with those bytes it does not see. To end
  /// the receiving side, which is at its end already, changes nothing, but is an edge.
  ///
  /// Source: `shutdown(2)`, `epoll(7)`; libmicrohttpd's `recv_param_adapter`.
  func readAgain() { shutdown(descriptor, Int32(SHUT_RD)) }

  /// Sends an answer past libmicrohttpd, which takes none in the middle of a body, and ends the sending
  /// side. What does not fit into the socket's buffer is lost.
  func sendLast(_ response: Response) {
    let reason =
      MHD_get_reason_phrase_for(UInt32(response.status)).map { String(cString: $0) } ?? ""
    var lines = ["HTTP/1.1 \(response.status) \(reason)", "Connection: close"]
    lines.append("Content-Length: \(response.body.count)")
    lines += response.headers.map { "\($0.name): \($0.value)" }
    let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + response.body
    _ = send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// Ends it from this side, at once, without an answer. libmicrohttpd notices and closes it.
  ///
  /// Source: `shutdown(2)`.
  func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

/// A header field, as libmicrohttpd has found it, where it lies.
struct HeaderField {
  let name: UnsafeRawBufferPointer
  let value: UnsafeRawBufferPointer
}

private typealias FoundFields = (fields: UnsafeMutableBufferPointer<HeaderField>, count: Int)

private func headerFieldFound(
  _ context: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?,
  _ nameSize: Int, _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
  guard let found = context?.assumingMemoryBound(to: FoundFields.self) else { return .NO }
  let field = HeaderField(
    name: UnsafeRawBufferPointer(start: name, count: nameSize),
    value: UnsafeRawBufferPointer(start: value, count: valueSize))
  found.pointee.fields.initializeElement(at: found.pointee.count, to: field)
  found.pointee.count += 1
  return .YES
}

extension ConnectionTable.Slot {
  /// As libmicrohttpd keeps it for us: never null.
  var context: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: index + 1) }

  init?(context: UnsafeMutableRawPointer?) {
    guard let context else { return nil }
    index = Int(bitPattern: context) - 1
  }
}
