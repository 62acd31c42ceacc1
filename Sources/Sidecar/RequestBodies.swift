import FoundationEssentials

/// The body of a join. An absent field and a `null` mean the same.
struct JoinBody: Decodable {
  let eventID: String?
  let userID: String?

  enum CodingKeys: String, CodingKey {
    case eventID = "event_id"
    case userID = "user_id"
  }
}

/// The body of an enter.
struct EnterBody: Decodable {
  let waitingToken: String?

  enum CodingKeys: String, CodingKey {
    case waitingToken = "waiting_token"
  }
}

/// The body of a verify.
struct VerifyBody: Decodable {
  let reservationToken: String?

  enum CodingKeys: String, CodingKey {
    case reservationToken = "reservation_token"
  }
}

enum RequestBody {
  /// Reads a JSON object; nil if it is none, or if a field is not of its type.
  static func decode<Body: Decodable>(_ type: Body.Type, from bytes: [UInt8]) -> Body? {
    try? JSONDecoder().decode(type, from: Data(bytes))
  }
}
