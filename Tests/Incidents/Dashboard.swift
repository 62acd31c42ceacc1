import Foundation
import TestSupport

/// Grafana's dashboard, as far as it asks Prometheus something.
struct Dashboard {
  /// `title: query` of every panel, and of every annotation.
  let queries: [(title: String, expression: String)]
  /// What the choices of each variable come from: a selector, and the label to read.
  let choices: [(variable: String, selector: String, label: String)]

  init() throws {
    let data = Data(try Repository.text(of: "dashboards/usher.json").utf8)
    let file = try JSONDecoder().decode(File.self, from: data)
    queries =
      file.panels.flatMap { panel in
        (panel.targets ?? []).map { (panel.title, $0.expr) }
      } + file.annotations.list.map { ("annotation \($0.name)", $0.expr) }
    choices = try file.templating.list.compactMap { variable in
      guard variable.type == "query", let text = variable.definition else { return nil }
      guard let match = text.wholeMatch(of: /label_values\((.+), (\w+)\)/) else {
        throw TestFailure("\(variable.name): \(text)")
      }
      return (variable.name, String(match.1), String(match.2))
    }
  }

  /// An expression as Grafana sends it, with these choices.
  static func chosen(_ expression: String, _ values: [String: String]) -> String {
    var text = expression.replacing("$__rate_interval", with: "1m")
    for (name, value) in values { text = text.replacing("$\(name)", with: value) }
    return text
  }

  private struct File: Decodable {
    struct Panel: Decodable {
      struct Target: Decodable { let expr: String }
      let title: String
      let targets: [Target]?
    }
    struct Templating: Decodable {
      struct Variable: Decodable {
        let name: String
        let type: String
        let definition: String?
      }
      let list: [Variable]
    }
    struct Annotations: Decodable {
      struct Annotation: Decodable {
        let name: String
        let expr: String
      }
      let list: [Annotation]
    }
    let panels: [Panel]
    let templating: Templating
    let annotations: Annotations
  }
}
