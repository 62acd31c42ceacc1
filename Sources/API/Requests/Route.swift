import HTTP

/// The routes of the data plane, with the names that metrics give them.
enum Route: String, CaseIterable {
  case join
  case status
  case enter
  case leave
  case verify
  case session
  case renew
  case end
  case seats
  case hold
  case release
  case confirm
  case take
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
    case "/api/v1/sessions": self = .session
    case "/api/v1/sessions/renew": self = .renew
    case "/api/v1/sessions/end": self = .end
    case "/api/v1/seats/hold": self = .hold
    case "/api/v1/seats/release": self = .release
    case "/api/v1/seats/confirm": self = .confirm
    case "/api/v1/stock/take": self = .take
    default: self = EventPath(path)?.resource == .seats ? .seats : .unmatched
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
    case .session: 5
    case .renew: 6
    case .end: 7
    case .seats: 8
    case .hold: 9
    case .release: 10
    case .confirm: 11
    case .take: 12
    case .unmatched: 13
    }
  }

  /// The methods that the route takes, the usual one first.
  var methods: [Method] {
    switch self {
    case .join, .enter, .verify, .session, .renew, .end: [.post]
    case .hold, .release, .confirm, .take: [.post]
    case .status, .seats, .unmatched: [.get]
    // A page that is being closed can send nothing but a POST: `navigator.sendBeacon`.
    case .leave: [.delete, .post]
    }
  }

  /// What a request does to the work that is there.
  var work: Work { self == .join ? .starting : .finishing }

  /// Every code that it is known to answer with; their counters start at 0.
  var codes: [Int] {
    switch self {
    case .join: [202, 400, 403, 404, 409, 429, 500, 503]
    case .status: [200, 400, 404, 429, 500, 503]
    case .enter: [200, 400, 403, 404, 429, 500, 503]
    case .leave: [200, 400, 404, 429, 500, 503]
    case .verify: [200, 400, 403, 429, 500, 503]
    case .session: [200, 201, 400, 403, 429, 500, 503]
    case .renew, .end: [200, 400, 403, 429, 500, 503]
    case .seats: [200, 304, 400, 404, 429, 500, 503]
    case .hold: [200, 201, 400, 403, 404, 409, 429, 500, 503]
    case .release: [200, 400, 404, 409, 429, 500, 503]
    case .confirm: [200, 400, 404, 410, 429, 500, 503]
    case .take: [201, 400, 403, 404, 409, 429, 500, 503]
    case .unmatched: [400, 404]
    }
  }

  /// The codes with which a POST is refused before its path is looked at.
  static let refusedPosts = [400, 411, 413]
}
