/// An answer. `Content-Length`, `Date` and, where it must be, `Connection: close` are added to it;
/// everything else, `Content-Type` for one, is the maker's.
package struct Response: Sendable {
  /// 200 to 599.
  package var status: Int
  /// In the order in which they are sent. A name that is no token, or a value with a control
  /// character, is left out.
  package var headers: [(name: String, value: String)]
  /// Left out by itself where HTTP allows none: in answers to HEAD, and with 204 and 304.
  package var body: [UInt8]

  /// An answer with all its parts; `status` must be final (200 to 599).
  package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    precondition((200...599).contains(status), "not the status of a final answer: \(status)")
    self.status = status
    self.headers = headers
    self.body = body
  }
}
