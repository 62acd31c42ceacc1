/// Why a request about seats or stock was not done.
extension APIError {
  static let missingSeatIDs = APIError(
    status: 400, code: "MISSING_SEAT_IDS", message: "the body names no seats in seat_ids")
  static let invalidSeatID = APIError(
    status: 400, code: "INVALID_SEAT_ID",
    message: "a seat's name must be 1 to 64 of A-Z a-z 0-9 _ . : -")
  static let missingHoldID = APIError(
    status: 400, code: "MISSING_HOLD_ID", message: "the body has no hold_id")
  static let missingItem = APIError(
    status: 400, code: "MISSING_ITEM", message: "the body has no item")
  static let invalidItem = APIError(
    status: 400, code: "INVALID_ITEM",
    message: "an item's name must be 1 to 64 of A-Z a-z 0-9 _ . : -")
  static let missingUserID = APIError(
    status: 400, code: "MISSING_USER_ID",
    message: "the body has neither a user_id nor a reservation_token")
  static let invalidPage = APIError(
    status: 400, code: "INVALID_REQUEST",
    message: "after must be what next said, and limit a whole number from 0 to 1000")

  static let grantInvalid = APIError(
    status: 403, code: "INVALID_RESERVATION",
    message: "this is not a reservation token of this person for this event")
  static let grantExpired = APIError(
    status: 403, code: "RESERVATION_EXPIRED", message: "the reservation token is too old")
  static let sessionEnded = APIError(
    status: 403, code: "SESSION_ENDED", message: "the session of this token was ended")
  static let seatsUnavailable = APIError(
    status: 409, code: "SEAT_UNAVAILABLE",
    message: "somebody else has the seats that are named; nothing was held")
  static let soldOut = APIError(
    status: 409, code: "SOLD_OUT", message: "everything is sold, and nothing will come back")
  static let seatsUnknown = APIError(
    status: 404, code: "SEAT_NOT_FOUND", message: "the event has no such seats")
  static let seatLimit = APIError(
    status: 409, code: "SEAT_LIMIT", message: "the person would have more seats than one may")
  static let holdNotFound = APIError(
    status: 404, code: "HOLD_NOT_FOUND", message: "this is not a hold of ours")
  static let holdExpired = APIError(
    status: 410, code: "HOLD_EXPIRED", message: "the hold is over; nothing was bought")
  static let alreadyConfirmed = APIError(
    status: 409, code: "ALREADY_CONFIRMED", message: "the seats are bought, and stay so")
  static let alreadyTaken = APIError(
    status: 409, code: "ALREADY_TAKEN",
    message: "this person has taken one already; the number is that one's")
  static let itemNotFound = APIError(
    status: 404, code: "ITEM_NOT_FOUND", message: "the event has no such item")
  static let noSeats = APIError(
    status: 404, code: "NO_SEATS", message: "the event has no seats")

  static let invalidSupply = APIError(
    status: 400, code: "INVALID_REQUEST",
    message: "total must be a whole number from 0 to 1000000000")
  static let tooManySeats = APIError(
    status: 400, code: "TOO_MANY_SEATS", message: "an event has at most 100000 seats")
  static let tooManyItems = APIError(
    status: 409, code: "TOO_MANY_ITEMS", message: "an event has at most 100 items")
  static let seatsInUse = APIError(
    status: 409, code: "SEATS_IN_USE",
    message: "the list lacks seats that somebody holds or has bought; they stay")
  static let superseded = APIError(
    status: 409, code: "SUPERSEDED", message: "another list was sent meanwhile, and wins")
  static let belowTaken = APIError(
    status: 409, code: "BELOW_TAKEN", message: "more have been taken already")
}
