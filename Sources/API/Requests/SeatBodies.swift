/// The body of a hold.
struct HoldBody: RequestBody, Decodable {
  let eventID: String?
  let seatIDs: [String]?
  let reservationToken: String?
  let sessionToken: String?

  enum CodingKeys: String, CodingKey {
    case eventID = "event_id"
    case seatIDs = "seat_ids"
    case reservationToken = "reservation_token"
    case sessionToken = "session_token"
  }
}

/// The body of a release and of a confirm.
struct HoldIDBody: RequestBody, Decodable {
  let holdID: String?

  enum CodingKeys: String, CodingKey {
    case holdID = "hold_id"
  }
}

/// The body of a take.
struct TakeBody: RequestBody, Decodable {
  let eventID: String?
  let item: String?
  let userID: String?
  let reservationToken: String?
  let sessionToken: String?

  enum CodingKeys: String, CodingKey {
    case eventID = "event_id"
    case item
    case userID = "user_id"
    case reservationToken = "reservation_token"
    case sessionToken = "session_token"
  }
}

/// The list of an event's seats.
struct SeatListBody: RequestBody, Decodable {
  let seats: [String]?
}

/// How many of an item there are.
struct SupplyBody: RequestBody, Decodable {
  let item: String?
  let total: Int?
}
