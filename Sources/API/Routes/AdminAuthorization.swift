import HTTP
import Locking
import Logging
import Loop
import Queue

/// Who may do what at the admin port: a caller who shows a token that is known, as far as the role of that
/// goes. Any thread may ask.
package final class AdminAuthorization: Sendable {
  /// One who may use the admin port.
  package struct Caller: Equatable, Sendable {
    /// As the log and the audit trail call them.
    package let name: String
    /// What they may do.
    package let role: OperatorRole
    /// What they show.
    let token: [UInt8]

    /// One who shows `token`.
    package init(name: String, role: OperatorRole, token: [UInt8]) {
      self.name = name
      self.role = role
      self.token = token
    }
  }

  /// The longest list of seats, in bytes: the most seats with names of some 60 characters.
  static let bodyLimit = 8 << 20

  /// None: no one may.
  private let callers: Lock<[Caller]>
  private let wrong = Lock(WrongTokens<ClientAddress>())
  private let log: Log?

  /// - Parameters:
  ///   - callers: Those who may; if there are none, everyone is refused.
  ///   - log: Hears of refusals.
  package init(_ callers: [Caller], log: Log? = nil) {
    self.callers = Lock(callers)
    self.log = log
  }

  /// Lets in these callers from now on, and none of those before.
  package func renew(_ callers: [Caller]) {
    self.callers.withLock { $0 = callers }
  }

  /// The caller who sends a request with this `Authorization`, or why it is refused.
  ///
  /// - Parameters:
  ///   - client: Where it comes from: an address that shows too many wrong tokens is refused for a while,
  ///     whatever it shows. At a Unix socket, which has no addresses, that is not so.
  ///   - changes: Whether the request is to change something.
  func caller(
    _ authorization: String?, from client: ClientAddress, changes: Bool, at now: Instant = .now
  ) -> Result<Caller, APIError> {
    let callers = callers.withLock { $0 }
    if callers.isEmpty { return .failure(.adminDisabled) }
    guard let authorization, let given = Self.bearer(authorization) else {
      return .failure(.unauthorized)
    }
    if let seconds = wrong.withLock({ $0.wait(of: client, at: now) }) {
      return .failure(.tooManyTokens(retryAfter: seconds))
    }
    guard let caller = Self.known(given, among: callers) else {
      note(client, at: now)
      return .failure(.unauthorized)
    }
    switch caller.role {
    case .operator: return .success(caller)
    case .viewer: return changes ? .failure(.forbidden(caller.name, caller.role)) : .success(caller)
    case .pace: return .failure(.forbidden(caller.name, caller.role))
    }
  }

  private func note(_ client: ClientAddress, at now: Instant) {
    guard client != .unknown, wrong.withLock({ $0.shown(by: client, at: now) }) else { return }
    log?.warn(
      "an address shows wrong admin tokens: for a while it is refused, whatever it shows",
      ["address": .text("\(client)")])
  }

  /// What may follow a header block: a long list only from an operator. It is refused before it is
  /// read.
  package func bodyRuling(_ head: RequestHead) -> BodyRuling {
    let usual = BodyRuling.upTo(HTTPServer.Configuration().bodyLimit)
    guard let resource = EventPath(head.path)?.resource else { return usual }
    guard resource.methods.contains(head.method) else {
      return .refused(response(to: head, .methodNotAllowed(resource)))
    }
    switch caller(head.authorization, from: head.client, changes: head.method.changes) {
    case .failure(let error): return .refused(response(to: head, error))
    case .success:
      return resource == .seats || resource == .stock ? .upTo(Self.bodyLimit) : usual
    }
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

  /// The caller who shows that. All are compared, so the time it takes does not tell whose token it is like.
  private static func known(_ given: [UInt8], among callers: [Caller]) -> Caller? {
    var found: Caller?
    for caller in callers where isSame(given, as: caller.token) { found = caller }
    return found
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

extension Method {
  /// Whether a request of this method may change something.
  var changes: Bool { self != .get && self != .head }
}
