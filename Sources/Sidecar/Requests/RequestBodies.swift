import FoundationEssentials

/// Bodies that are read by their fields, whatever types those have.
enum RequestBody {
  /// Reads a JSON object; nil if it is none, if a field stands twice, or if one is not of its type.
  static func decode<Body: Decodable>(_ type: Body.Type, from bytes: [UInt8]) -> Body? {
    // The decoder alone forgives a comma too many, and takes one of two fields, and other encodings.
    guard JSONReader.isObject(bytes) else { return nil }
    return try? JSONDecoder().decode(type, from: Data(bytes))
  }
}

/// A body whose fields are strings, as those of the queue are. An absent field and a `null` mean the
/// same.
protocol StringBody {
  /// The names of its fields.
  static var fields: [String] { get }

  /// - Parameter values: one for each of ``fields``.
  init(_ values: [String?])
}

extension StringBody {
  /// Reads a JSON object; nil if it is none, or if a field is no string.
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

/// The body of a verify.
struct VerifyBody: StringBody {
  static let fields = ["reservation_token"]

  let reservationToken: String?

  init(_ values: [String?]) {
    reservationToken = values[0]
  }
}
