/// Who changes something about an event, as the audit trail and the log have it.
package struct Author: Equatable, Sendable {
  /// The name beside the token that was shown.
  package let name: String
  /// The name of the request, under which the log has it, too.
  package let traceID: String

  /// The caller of one request.
  package init(name: String, traceID: String) {
    self.name = name
    self.traceID = traceID
  }
}
