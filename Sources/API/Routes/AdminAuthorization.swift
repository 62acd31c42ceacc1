import HTTP
import Locking
import Logging

/// Whether a caller may say what an event is to be: an operator with the admin token may. Any thread
/// may ask.
package final class AdminAuthorization: Sendable {
  /// The longest list of seats, in bytes: the most seats with names of some 60 characters.
  static let bodyLimit = 8 << 20

  /// Nil: no caller may.
  private let token: Lock<[UInt8]?>
  private let log: Log?

  /// - Parameters:
  ///   - token: The admin token; nil for none, which refuses every caller.
  ///   - log: Hears of refusals.
  package init(token: [UInt8]?, log: Log? = nil) {
    self.token = Lock(token)
    self.log = log
  }

  /// Lets in callers that show `token` from now on, and none with the one before.
  package func renew(token: [UInt8]) {
    self.token.withLock { $0 = token }
  }

  /// Why a request with this `Authorization` is refused; nil if it is not.
  func error(for authorization: String?) -> APIError? {
    guard let token = token.withLock({ $0 }) else { return .adminDisabled }
    guard let authorization, let given = Self.bearer(authorization),
      Self.isSame(given, as: token)
    else { return .unauthorized }
    return nil
  }

  /// What may follow a header block: a long list only from an operator with the token. It
  /// is refused before it is read.
  package func bodyRuling(_ head: RequestHead) -> BodyRuling {
    let usual = BodyRuling.upTo(HTTPServer.Configuration().bodyLimit)
    guard let resource = EventPath(head.path)?.resource else { return usual }
    guard resource.methods.contains(head.method) else {
      return .refused(response(to: head, .methodNotAllowed(resource)))
    }
    if let error = error(for: head.authorization) { return .refused(response(to: head, error)) }
    return resource == .event ? usual : .upTo(Self.bodyLimit)
  }

  private func response(to head: RequestHead, _ error: APIError) -> Response {
    let traceID = TraceID.random()
    log?.noteRefusal("path", head.path, error.status, error.code, traceID: traceID)
    return Responses.error(error, traceID: traceID)
  }

  /// What follows `Bearer `, whose case does not matter.
  ///
  /// Source: RFC 6750, section 2.1; RFC 9110, section 11.1.
  private static func bearer(_ authorization: String) -> [UInt8]? {
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return Array(parts[1].drop { $0 == " " }.utf8)
  }

  /// The time it takes tells how long `given` is, and nothing about `expected`.
  private static func isSame(_ given: [UInt8], as expected: [UInt8]) -> Bool {
    var difference = UInt(bitPattern: given.count ^ expected.count)
    for (index, byte) in given.enumerated() {
      difference |= UInt(byte ^ expected[index % expected.count])
    }
    return difference == 0
  }
}
