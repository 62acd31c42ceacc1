import FoundationEssentials
import JSON

/// A body that is one JSON object. Nil if it is none, if a field stands twice, or if one is not of
/// its type; an absent field and a `null` mean the same.
protocol RequestBody {
  /// Reads a body.
  init?(json: [UInt8])
}

extension RequestBody where Self: Decodable {
  /// Reads a body by the types of its fields.
  init?(json: [UInt8]) {
    // The decoder alone forgives a comma too many, and takes one of two fields, and other
    // encodings.
    guard JSONReader.isObject(json),
      let body = try? JSONDecoder().decode(Self.self, from: Data(json))
    else { return nil }
    self = body
  }
}

/// A body whose fields are strings, as those of the queue are: read in a fifth of the time that the
/// decoder takes, on the routes that people in a line ask for.
protocol StringBody: RequestBody {
  /// The names of its fields.
  static var fields: [String] { get }

  /// - Parameter values: one for each of ``fields``.
  init(_ values: [String?])
}

extension StringBody {
  /// Reads a body whose fields are strings.
  init?(json: [UInt8]) {
    guard let values = JSONReader.members(Self.fields, of: json) else { return nil }
    self.init(values)
  }
}

/// The body of a join.
struct JoinBody: StringBody {
  static let fields = ["event_id", "user_id"]

  let eventID: String?
  let userID: String?

  init(_ values: [String?]) {
    eventID = values[0]
    userID = values[1]
  }
}

/// The body of an enter.
struct EnterBody: StringBody {
  static let fields = ["waiting_token"]

  let waitingToken: String?

  init(_ values: [String?]) {
    waitingToken = values[0]
  }
}

/// The body of a request by one who is inside: to verify, or about a session.
struct PassBody: StringBody {
  static let fields = ["reservation_token", "session_token", "event_id"]

  let reservationToken: String?
  let sessionToken: String?
  /// The event that the caller decides about; nil where it does not say.
  let eventID: String?

  init(_ values: [String?]) {
    reservationToken = values[0]
    sessionToken = values[1]
    eventID = values[2]
  }
}
