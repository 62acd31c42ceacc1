import HTTP
import Metrics

/// What a relay serves at its admin port: `/metrics`, `/livez`, `/readyz`. No route asks Redis or the sink.
struct RelayRoutes {
  let metrics: RelayMetrics
  let health: RelayHealth

  /// Answers `exchange` at once.
  func handle(_ exchange: Exchange) {
    guard exchange.method == .get || exchange.method == .head else {
      return exchange.respond(Self.text(405, "only GET\n", headers: [("Allow", "GET, HEAD")]))
    }
    switch exchange.path {
    case "/metrics":
      _ = problems()
      let format = ExpositionFormat(accept: exchange.header("Accept"))
      exchange.respond(
        Response(
          status: 200, headers: [("Content-Type", format.contentType)],
          body: metrics.registry.exposition(format)))
    case "/livez": exchange.respond(Self.text(200, "ok\n"))
    case "/readyz":
      let problems = problems()
      exchange.respond(
        problems.isEmpty
          ? Self.text(200, "ok\n")
          : Self.text(503, "not ready: \(problems.joined(separator: "; "))\n"))
    default: exchange.respond(Self.text(404, "there are /metrics, /livez and /readyz\n"))
    }
  }

  private func problems() -> [String] {
    let problems = health.problems()
    metrics.ready.set(problems.isEmpty ? 1 : 0)
    return problems
  }

  private static func text(
    _ status: Int, _ text: String, headers: [(String, String)] = []
  ) -> Response {
    Response(
      status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers,
      body: Array(text.utf8))
  }
}
