import HTTP
import Loop
import Metrics

/// The part of the admin port that changes nothing, for Prometheus, the kubelet and operators.
///
/// | route | says |
/// |---|---|
/// | `GET /metrics` | all metrics: text 0.0.4, or OpenMetrics if asked for |
/// | `GET /livez` | whether the loops turn |
/// | `GET /readyz` | whether this sidecar should get traffic; `?verbose` lists each check |
/// | `GET /` | links to the others |
///
/// No route asks Redis. Confined to the back office.
package final class ProbeRoutes {
  /// A loop beats once a second; one that has not for this long is stuck.
  private static let longestSilence = Duration.seconds(10)

  private let registry: Registry
  private let health: HealthCheck
  private let heartbeats: [Heartbeat]
  private let version: String

  /// Routes that tell what `registry`, `health` and `heartbeats` know.
  package init(
    registry: Registry, health: HealthCheck, heartbeats: [Heartbeat], version: String
  ) {
    self.registry = registry
    self.health = health
    self.heartbeats = heartbeats
    self.version = version
  }

  /// Answers `exchange` at once.
  package func handle(_ exchange: Exchange) {
    guard exchange.method == .get || exchange.method == .head else {
      return exchange.respond(text(405, "only GET\n", headers: [("Allow", "GET, HEAD")]))
    }
    switch exchange.path {
    case "/metrics": exchange.respond(metrics(accept: exchange.header("Accept")))
    case "/livez": exchange.respond(livez())
    case "/readyz": exchange.respond(readyz(verbose: exchange.queryValue("verbose") != .missing))
    case "/": exchange.respond(index())
    default: exchange.respond(text(404, "there is nothing here; see /\n"))
    }
  }

  private func metrics(accept: String?) -> Response {
    _ = health.report()
    let format = ExpositionFormat(accept: accept)
    return Response(
      status: 200, headers: [("Content-Type", format.contentType)],
      body: registry.exposition(format))
  }

  private func livez() -> Response {
    let stuck = heartbeats.count { $0.silence(at: .now) > Self.longestSilence }
    return stuck == 0
      ? text(200, "ok\n")
      : text(503, "\(stuck) of \(heartbeats.count) loops have not turned for 10 s\n")
  }

  private func readyz(verbose: Bool) -> Response {
    let report = health.report()
    let status = report.isReady ? 200 : 503
    if verbose {
      let lines = report.checks.map { "[\($0.passes ? "+" : "-")] \($0.name): \($0.words)\n" }
      return text(status, lines.joined() + (report.isReady ? "ready\n" : "not ready\n"))
    }
    let failing = report.failing.map { "\($0.name): \($0.words)" }.joined(separator: "; ")
    return text(status, report.isReady ? "ok\n" : "not ready: \(failing)\n")
  }

  private func index() -> Response {
    let page = """
      <!doctype html><title>usher</title><h1>usher \(version)</h1>
      <ul><li><a href="/metrics">/metrics</a><li><a href="/livez">/livez</a>
      <li><a href="/readyz?verbose">/readyz?verbose</a></ul>

      """
    return Response(
      status: 200, headers: [("Content-Type", "text/html; charset=utf-8")], body: Array(page.utf8))
  }

  private func text(
    _ status: Int, _ text: String, headers: [(String, String)] = []
  ) -> Response {
    Response(
      status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers,
      body: Array(text.utf8))
  }
}
