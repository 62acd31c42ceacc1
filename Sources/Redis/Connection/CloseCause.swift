/// How a connection ended, or why it was never made.
struct CloseCause: Equatable {
  let reason: CloseReason
  /// A sentence that says what happened.
  let sentence: String

  init(_ reason: CloseReason, _ sentence: String) {
    self.reason = reason
    self.sentence = sentence
  }
}

/// Why a connection that was ready was closed.
package enum CloseReason: String, CaseIterable, Sendable {
  /// It was not needed for a while.
  case idle
  /// The pool was closed.
  case shutdown
  /// Redis or the network ended it.
  case lost
  /// A command's reply did not come in time.
  case timeout
  /// What came was not what Redis says.
  case protocolViolation = "protocol_violation"
}
