import CMicrohttpd
import Glibc

/// A response of libmicrohttpd's that is used again and again: making one takes nine allocations, and
/// most answers differ from earlier ones in nothing but what their bodies say.
///
/// It fits answers with the same header fields and as long a body. While a client is being sent one it
/// must not be written to; see ``ResponseShelf``.
final class PreparedResponse {
  let raw: OpaquePointer
  /// Kept, so that nobody else's fields can come to lie where these do.
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
    // Whoever is being sent it holds a reference, too.
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

/// The prepared responses that nobody is being sent, by the length of their bodies.
struct ResponseShelf {
  private var free: [[PreparedResponse]] = Array(repeating: [], count: longestBody + 1)

  /// Longer bodies are rare.
  private static let longestBody = 512
  /// As many of one length as are of use in one turn of the loop.
  private static let mostOfALength = 64

  /// A response with this content; nil if there is no memory.
  mutating func take(for response: Response) -> PreparedResponse? {
    let length = response.body.count
    guard length <= Self.longestBody, let prepared = free[length].last,
      prepared.has(response.headers)
    else { return PreparedResponse(for: response) }
    free[length].removeLast()
    prepared.write(response.body)
    return prepared
  }

  /// Takes one back that is sent.
  mutating func put(_ prepared: PreparedResponse) {
    let length = prepared.bodyLength
    guard length <= Self.longestBody, free[length].count < Self.mostOfALength else { return }
    free[length].append(prepared)
  }
}
