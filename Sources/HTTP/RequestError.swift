/// What is wrong with a request that is answered without the handler, or instead of it.
package enum RequestError: Error, Equatable, Sendable {
  /// It breaks the protocol in a way that another server on its path might read differently: 400.
  case malformed(String)
  /// It has a `Transfer-Encoding` that is not `chunked` alone, or is too old for one: 411.
  case lengthRequired
  /// Its body is, or becomes, longer than ``HTTPServer/Configuration/bodyLimit``: 413.
  case bodyTooLong(limit: Int)
  /// The handler dropped its ``Exchange`` without an answer: 500. A bug of the program.
  case unanswered

  /// The status of the answer.
  package var status: Int {
    switch self {
    case .malformed: 400
    case .lengthRequired: 411
    case .bodyTooLong: 413
    case .unanswered: 500
    }
  }

  /// What is wrong, for the client's developer, without anything the client sent.
  package var reason: String {
    switch self {
    case .malformed(let reason): reason
    case .lengthRequired:
      "a body needs a Content-Length, or one Transfer-Encoding, which is chunked"
    case .bodyTooLong(let limit): "the body is longer than \(limit) bytes"
    case .unanswered: "the request was not answered"
    }
  }
}
