import HTTP

/// The routes of the data plane, with the names that metrics give them.
enum Route: String, CaseIterable {
  case join
  case status
  case enter
  case leave
  case verify
  /// Any other path.
  case unmatched

  /// The route of a path, which is compared byte for byte: no other spelling means the same.
  init(path: String) {
    switch path {
    case "/api/v1/queue/join": self = .join
    case "/api/v1/queue/status": self = .status
    case "/api/v1/queue/enter": self = .enter
    case "/api/v1/queue/leave": self = .leave
    case "/api/v1/queue/verify": self = .verify
    default: self = .unmatched
    }
  }

  /// Its place in ``allCases``, to index rows by.
  var number: Int {
    switch self {
    case .join: 0
    case .status: 1
    case .enter: 2
    case .leave: 3
    case .verify: 4
    case .unmatched: 5
    }
  }

  /// The one method that the route takes.
  var method: Method {
    switch self {
    case .join, .enter, .verify: .post
    case .status, .unmatched: .get
    case .leave: .delete
    }
  }

  /// Every code that it is known to answer with; their counters start at 0.
  var codes: [Int] {
    switch self {
    case .join: [202, 400, 403, 409, 429, 500, 503]
    case .status: [200, 400, 404, 429, 500, 503]
    case .enter: [200, 400, 403, 404, 429, 500, 503]
    case .leave: [200, 400, 404, 429, 500, 503]
    case .verify: [200, 400, 429, 500, 503]
    case .unmatched: [400, 404]
    }
  }
}
