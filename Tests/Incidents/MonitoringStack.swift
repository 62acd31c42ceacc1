import Foundation
import TestSupport

/// All that watches one usher, and where its pages and tickets arrive.
struct MonitoringStack: Sendable {
  let webhook: Webhook
  let prometheus: Prometheus
  private let alertmanager: Alertmanager

  init(watching usher: UsherProcess) throws {
    webhook = try Webhook()
    alertmanager = try Alertmanager(telling: webhook.address)
    prometheus = try Prometheus(scraping: usher.adminAddress, telling: alertmanager.address)
  }

  /// Waits until Prometheus has seen usher in peace: what follows is an increase for it, and no alert
  /// that follows has begun to wait before, because of a bad start on a busy machine.
  func awaitHistory() throws {
    try eventually("three scrapes, and no alert", within: .seconds(240)) {
      usleep(200_000)
      let scrapes = try prometheus.query(#"count_over_time(up{job="usher"}[5m])"#)
      return try scrapes.contains { $0.value >= 3 } && prometheus.query("ALERTS").isEmpty
    }
  }

  /// The first notice that an alert fires, if it has come.
  func notice(_ receiver: String, _ alert: String) -> Webhook.Notice? {
    webhook.notices.first { $0.receiver == receiver && $0.alert == alert && $0.isFiring }
  }

  /// Waits for that notice.
  ///
  /// - Parameter meanwhile: Called some ten times a second.
  func await(
    _ receiver: String, _ alert: String, within limit: Duration, meanwhile: () throws -> Void = {}
  ) throws -> Webhook.Notice {
    var found: Webhook.Notice?
    try eventually(
      "a \(receiver) about \(alert); there came \(webhook.notices)", within: limit
    ) {
      try meanwhile()
      usleep(100_000)
      found = notice(receiver, alert)
      return found != nil
    }
    guard let found else { throw TestFailure("no notice") }
    return found
  }

  /// The names of the alerts that have fired since Prometheus began, heard of or not.
  func fired() throws -> [String] {
    let alerts = try prometheus.query(#"max_over_time(ALERTS{alertstate="firing"}[1h])"#)
    return alerts.map { "\($0.labels["alertname"] ?? "") \($0.labels["severity"] ?? "")" }.sorted()
  }
}
