import Foundation
import TestSupport

/// A real Prometheus with the rules of `alerts/`, set up as `alerts/README.md` says.
final class Prometheus: Sendable {
  /// One series of an instant query's answer.
  struct Sample: Sendable, Decodable {
    let labels: [String: String]
    let value: Double

    private enum Key: String, CodingKey {
      case labels = "metric"
      case value
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      labels = try container.decode([String: String].self, forKey: .labels)
      var pair = try container.nestedUnkeyedContainer(forKey: .value)
      _ = try pair.decode(Double.self)
      // NaN and +Inf among them.
      value = Double(try pair.decode(String.self)) ?? .nan
    }
  }

  /// A rule that it has loaded.
  struct Rule: Sendable, Decodable {
    let name: String
    let query: String
    /// `recording` or `alerting`.
    let type: String
    /// `ok`, `err` or, before its first evaluation, `unknown`.
    let health: String
    let lastError: String?
  }

  private struct Answer<Content: Decodable>: Decodable {
    let data: Content?
    let error: String?
  }

  let address: LocalAddress
  private let directory: TemporaryDirectory
  private let process: ChildProcess

  init(scraping target: LocalAddress, telling alertmanager: LocalAddress) throws {
    directory = try TemporaryDirectory()
    let rules = ["usher.rules.yaml", "usher.alerts.yaml"].map {
      Repository.path(of: "alerts/\($0)")
    }
    let configuration = directory.path(of: "prometheus.yaml")
    try """
    global:
      scrape_interval: 15s
      evaluation_interval: 15s
      external_labels:
        cluster: incidents
    rule_files: [\(rules.joined(separator: ", "))]
    alerting:
      alertmanagers: [{static_configs: [{targets: ['\(alertmanager)']}]}]
    scrape_configs:
      - job_name: usher
        static_configs: [{targets: ['\(target)']}]
    """.write(toFile: configuration, atomically: true, encoding: .utf8)
    address = try LocalAddress.freePort()
    process = try ChildProcess(
      "prometheus",
      [
        "--config.file=\(configuration)", "--storage.tsdb.path=\(directory.path(of: "data"))",
        "--web.listen-address=\(address)", "--log.level=warn",
      ])
    try process.awaitAnswer(from: address, to: "/-/ready")
  }

  /// What an expression is worth now.
  func query(_ expression: String) throws -> [Sample] {
    struct Vector: Decodable { let result: [Sample] }
    let vector: Vector = try get("query?query=\(Self.encoded(expression))")
    return vector.result
  }

  /// The label sets of the series that a selector chooses.
  func series(_ selector: String) throws -> [[String: String]] {
    try get("series?match[]=\(Self.encoded(selector))")
  }

  /// Every rule that it has loaded.
  func rules() throws -> [Rule] {
    struct Groups: Decodable {
      struct Group: Decodable { let rules: [Rule] }
      let groups: [Group]
    }
    let groups: Groups = try get("rules")
    return groups.groups.flatMap(\.rules)
  }

  private func get<Content: Decodable>(_ path: String) throws -> Content {
    let response = try HTTPClient(address, timeout: .seconds(30)).get("/api/v1/\(path)")
    let answer = try JSONDecoder().decode(Answer<Content>.self, from: Data(response.body))
    guard let data = answer.data, answer.error == nil else {
      throw TestFailure("\(path): \(answer.error ?? response.text)")
    }
    return data
  }

  private static func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
