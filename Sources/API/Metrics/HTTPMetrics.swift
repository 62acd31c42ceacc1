import HTTP
import Metrics

/// The data plane's metrics. Families belong to the process; each front takes its own cells.
package struct HTTPMetrics: Sendable {
  /// Upper edges in seconds; 0.05 to 1 are the thresholds that the alerts are about.
  static let edges = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10]

  let requests: CounterFamily
  let durations: HistogramFamily
  let inFlight: GaugeFamily
  let connections: GaugeFamily
  let shed: CounterFamily

  /// Registers the families.
  package init(_ registry: Registry) {
    requests = registry.counter(
      "usher_http_requests_total", help: "Requests answered, by route, method and status code.",
      labels: ["route", "method", "code"])
    durations = registry.histogram(
      "usher_http_request_duration_seconds",
      help: "Time from a request's last byte to its answer being handed over, by route.",
      labels: ["route"], edges: Self.edges)
    inFlight = registry.gauge(
      "usher_http_requests_in_flight", help: "Requests that are being worked on, or wait for room.")
    connections = registry.gauge("usher_http_connections", help: "Open client connections.")
    shed = registry.counter(
      "usher_http_requests_shed_total", help: "Requests refused to protect the rest, by reason.",
      labels: ["reason"])
  }
}

/// Why a request was refused to protect the rest.
enum ShedReason: String, CaseIterable {
  case rateLimited = "rate_limited"
  case overloaded
  case breakerOpen = "breaker_open"
  case draining
}

/// One front's cells. Confined to the front's thread.
package final class FrontMetrics {
  let inFlight: Gauge
  /// Open client connections.
  package let connections: Gauge
  private let family: HTTPMetrics
  /// A row a route, at its number.
  private let rows: [Row]
  private let shed: [ShedReason: Counter]
  /// Codes that no route is known to answer with, and responses to unexpected methods.
  private var others: [Request: Counter] = [:]

  /// One route's cells, found without hashing: every request looks here.
  private struct Row {
    let durations: Histogram
    let requests: [(method: Method, code: Int, counter: Counter)]
  }

  private struct Request: Hashable {
    let route: Route
    let method: Method
    let code: Int
  }

  /// Takes the cells of one front.
  package init(_ family: HTTPMetrics) {
    self.family = family
    inFlight = family.inFlight.cell()
    connections = family.connections.cell()
    shed = Dictionary(
      uniqueKeysWithValues: ShedReason.allCases.map { ($0, family.shed.cell($0.rawValue)) })
    rows = Route.allCases.map { route in
      let requests = route.methods.flatMap { method in
        route.codes.map { code in
          (method, code, family.requests.cell(route.rawValue, method.label, String(code)))
        }
      }
      return Row(durations: family.durations.cell(route.rawValue), requests: requests)
    }
    for code in Route.refusedPosts {
      _ = counter(Request(route: .unmatched, method: .post, code: code))
    }
    for code in Self.libraryRefusals { _ = counter(Self.refusal(code)) }
  }

  /// Notes a response that took `seconds`.
  func answered(_ route: Route, method: Method, code: Int, seconds: Double) {
    let row = rows[route.number]
    row.durations.observe(seconds)
    if let known = row.requests.first(where: { $0.code == code && $0.method == method }) {
      known.counter.increment()
    } else {
      counter(Request(route: route, method: method.bounded, code: code)).increment()
    }
  }

  /// Notes what libmicrohttpd refused by itself: of such a request nothing is known.
  package func refusedByLibrary(_ code: Int) {
    counter(Self.refusal(code)).increment()
  }

  private static let libraryRefusals = [400, 413, 414, 431, 505]

  private static func refusal(_ code: Int) -> Request {
    Request(route: .unmatched, method: .other("other"), code: code)
  }

  /// Notes a request that was refused.
  func refused(_ reason: ShedReason) {
    shed[reason]?.increment()
  }

  /// Codes that a route is known to answer exist from the start; any other is made when it occurs.
  private func counter(_ request: Request) -> Counter {
    if let counter = others[request] { return counter }
    let counter = family.requests.cell(
      request.route.rawValue, request.method.label, String(request.code))
    others[request] = counter
    return counter
  }
}

extension Method {
  /// The method, or the one name for all that HTTP does not know: clients may invent any number.
  fileprivate var bounded: Method {
    if case .other = self { .other("other") } else { self }
  }

  fileprivate var label: String { "\(bounded)" }
}
