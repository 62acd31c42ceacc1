/// What a request asks to be done. Methods are case-sensitive: `get` is an ``other(_:)``.
///
/// Source: RFC 9110, section 9.
package enum Method: Hashable, Sendable, CustomStringConvertible {
  case get
  /// Like ``get``; libmicrohttpd leaves the body of the answer out, and keeps its `Content-Length`.
  case head
  case post
  case put
  case patch
  case delete
  case options
  /// Any other token, as it was sent.
  case other(String)

  init(_ name: String) {
    self =
      switch name {
      case "GET": .get
      case "HEAD": .head
      case "POST": .post
      case "PUT": .put
      case "PATCH": .patch
      case "DELETE": .delete
      case "OPTIONS": .options
      default: .other(name)
      }
  }

  /// The name, as in a request line.
  package var description: String {
    switch self {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .other(let name): name
    }
  }
}
