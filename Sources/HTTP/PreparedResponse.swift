import CMicrohttpd
import Glibc

/// A response of libmicrohttpd's that is used again and again: making one takes nine allocations, and
/// most answers differ from earlier ones in nothing but what their bodies say.
///
/// It fits answers with the same header fields and as long a body. While a client is being sent one it
/// must not be written to; see ``ResponseShelf``.
final class PreparedResponse {
  let raw: OpaquePointer
  /// Kept, so that no other fields can come to lie where these do.
  private let headers: [(name: String, value: String)]
  private let body: UnsafeMutableRawBufferPointer

  /// Nil if there is no memory.
  init?(for response: Response, closing: Bool = false) {
    headers = response.headers
    // malloc, since libmicrohttpd frees it; and one byte at least, since it takes no null.
    guard let memory = malloc(max(1, response.body.count)) else { return nil }
    body = UnsafeMutableRawBufferPointer(start: memory, count: response.body.count)
    guard let raw = MHD_create_response_from_buffer(body.count, memory, .RESPMEM_MUST_FREE) else {
      free(memory)
      return nil
    }
    self.raw = raw
    for header in headers {
      // Without the copies on the heap that an implicit conversion makes.
      header.name.withCString { name in
        _ = header.value.withCString { MHD_add_response_header(raw, name, $0) }
      }
    }
    if closing { MHD_add_response_header(raw, "Connection", "close") }
    write(response.body)
  }

  deinit {
    // A connection that is being sent it holds a reference, too.
    MHD_destroy_response(raw)
  }

  var bodyLength: Int { body.count }

  /// Whether it has the very same header fields: not equal ones, but those that lie in the same place.
  func has(_ headers: [(name: String, value: String)]) -> Bool {
    self.headers.withUnsafeBufferPointer { mine in
      headers.withUnsafeBufferPointer { $0.baseAddress == mine.baseAddress }
    }
  }

  /// Replaces the body with one of the same length.
  func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { body.copyMemory(from: $0) }
  }
}
