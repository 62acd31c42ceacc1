import Queue

/// Why a request about an event's settings was not done.
extension APIError {
  static let eventNotFound = APIError(
    status: 404, code: "EVENT_NOT_FOUND",
    message: "nobody has joined this event, and nothing is set for it")
  static let rebuilding = APIError(
    status: 409, code: "REBUILDING",
    message: "what Redis lost of the events' settings is being written back; nothing was changed, "
      + "try again in a second", retryAfter: 1)

  static let disorderedTimes = APIError(
    status: 400, code: "INVALID_SETTING",
    message: "prequeue_at must not be after opens_at, nor either of them after closes_at; "
      + "nothing was changed")

  /// The body changes no settings, for this reason.
  static func settings(_ fault: SettingsBody.Fault) -> APIError {
    switch fault {
    case .noObject:
      APIError(
        status: 400, code: "INVALID_REQUEST",
        message: "the body must be one JSON object with the settings to change, and null for those "
          + "to take away: \(everySetting)")
    case .unknown(let name):
      APIError(
        status: 400, code: "INVALID_SETTING",
        message: "\(name.prefix(64)) is no setting of an event; there are \(everySetting)")
    case .wrong(let field):
      APIError(
        status: 400, code: "INVALID_SETTING",
        message: "\(field.rawValue) takes \(field.allowedInJSON), or null for what the flag says")
    }
  }

  /// The settings have this version by now.
  static func staleSettings(_ version: Int64) -> APIError {
    APIError(
      status: 412, code: "PRECONDITION_FAILED",
      message: "the settings were changed meanwhile and have version \(version); read them again")
  }

  static let personNotFound = APIError(
    status: 404, code: "PERSON_NOT_FOUND",
    message: "nothing is known of such a person at this event; a user id is percent-encoded in the "
      + "path")
  static let personNotWaiting = APIError(
    status: 404, code: "PERSON_NOT_FOUND",
    message: "no such person waits at this event; who has not joined, left, or was removed "
      + "cannot be called")
  static let personInside = APIError(
    status: 409, code: "ALREADY_INSIDE", message: "the person is inside already")
  static let invalidRemoval = APIError(
    status: 400, code: "INVALID_REQUEST",
    message: "the body must be empty, or one JSON object with block_sec: for how many whole "
      + "seconds to keep the person out, from 1 to 31536000")
  static let invalidAuditPage = APIError(
    status: 400, code: "INVALID_REQUEST", message: "after must be what next said")

  /// A number of the query is none, or out of range.
  static func invalidNumber(_ name: String, _ range: ClosedRange<Int>) -> APIError {
    APIError(
      status: 400, code: "INVALID_REQUEST",
      message: "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
  }

  private static let everySetting = EventSettings.Field.allCases.map(\.rawValue)
    .joined(separator: ", ")
}
