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

  /// Bytes from the method to the end of the empty line.
  var headerSize: Int { cmhd_header_size(raw) }

  /// How many header fields libmicrohttpd has found.
  var headerFieldCount: Int { Int(MHD_get_connection_values(raw, .HEADER_KIND, nil, nil)) }

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
    return recv(cmhd_socket(raw), &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
  }

  /// Ends it from this side, at once, without an answer. libmicrohttpd notices and closes it.
  ///
  /// Source: `shutdown(2)`.
  func shutDown() { shutdown(cmhd_socket(raw), Int32(SHUT_RDWR)) }
}

extension ConnectionTable.Slot {
  /// As libmicrohttpd keeps it for us: never null.
  var context: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: index + 1) }

  init?(context: UnsafeMutableRawPointer?) {
    guard let context else { return nil }
    index = Int(bitPattern: context) - 1
  }
}
