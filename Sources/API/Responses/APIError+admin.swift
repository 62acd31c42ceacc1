import Queue

/// Why the admin port does not do what a caller asks.
extension APIError {
  static let adminDisabled = APIError(
    status: 403, code: "ADMIN_DISABLED",
    message: "nobody may read or change anything here: --admin-token-file is not set")
  static let unauthorized = APIError(
    status: 401, code: "UNAUTHORIZED",
    message: "the Authorization header must be Bearer with an admin token that is known",
    challenge: "Bearer")

  /// The token is known, and its role does not go so far.
  static func forbidden(_ name: String, _ role: OperatorRole) -> APIError {
    let may =
      switch role {
      case .viewer: "may read and change nothing"
      case .pace: "may only report how the shop fares"
      case .operator: "may do everything"
      }
    return APIError(
      status: 403, code: "FORBIDDEN",
      message: "the token of \(name) has the role \(role.rawValue), which \(may)")
  }

  /// So many wrong tokens came from the caller's address that none is looked at.
  static func tooManyTokens(retryAfter: Int) -> APIError {
    APIError(
      status: 429, code: "TOO_MANY_TOKENS",
      message: "too many wrong admin tokens came from this address; try again in a moment",
      retryAfter: retryAfter)
  }

  /// What the admin port does not do with an event, or a part of it.
  static func methodNotAllowed(_ resource: EventPath.Resource) -> APIError {
    let methods = resource.methods.map(\.description).joined(separator: ", ")
    let hint =
      resource == .seats || resource == .stock
      ? "; the data plane tells what seats there are" : ""
    return APIError(
      status: 405, code: "METHOD_NOT_ALLOWED",
      message: "the admin port takes \(methods) only\(hint)", allow: methods)
  }
}
