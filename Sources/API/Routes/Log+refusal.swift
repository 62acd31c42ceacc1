import Logging

extension Log {
  /// Says at ``Level/debug`` that a request was refused: `what` it asked for, which the field `name`
  /// tells, and why. Nothing is worked out where that level is not logged.
  func noteRefusal(
    _ name: StaticString, _ what: @autoclosure () -> String, _ status: Int,
    _ reason: @autoclosure () -> String, traceID: @autoclosure () -> String
  ) {
    debug(
      "a request was refused",
      [
        name: .text(what()), "status": .integer(status), "reason": .text(reason()),
        "trace_id": .text(traceID()),
      ])
  }
}
