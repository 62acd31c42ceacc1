/// A request that is answered without the handler. It may be used only inside the call of
/// ``HTTPServer/errorResponse`` that gets it.
package struct FailedRequest {
  /// What is wrong.
  package let error: RequestError
  /// What stands first in the request, which need not be a method if it is malformed.
  package let method: Method

  private let connection: Connection

  init(_ error: RequestError, _ method: Method, on connection: Connection) {
    self.error = error
    self.method = method
    self.connection = connection
  }

  /// The value of the first header field of this name, as of ``Exchange/header(_:)``. In a malformed
  /// block the fields are those that libmicrohttpd takes it for.
  package func header(_ name: String) -> String? { connection.header(name) }
}

@available(*, unavailable, message: "a FailedRequest is a view onto its connection")
extension FailedRequest: Sendable {}
