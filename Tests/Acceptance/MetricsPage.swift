import Foundation
import TestSupport

/// An answer to a scrape, in the text format, taken apart as far as tests look at it.
struct MetricsPage {
  /// One line with a value.
  struct Sample {
    /// The family's name; parts of a histogram have `_bucket`, `_sum` or `_count` after it.
    let name: String
    let labels: [String: String]
    let value: Double
  }

  let text: String
  let samples: [Sample]
  /// The type of each family, by its name.
  let kinds: [String: String]

  init(_ usher: UsherProcess) throws {
    try self.init(usher.admin().get("/metrics").text)
  }

  init(_ text: String) throws {
    self.text = text
    let lines = text.split(separator: "\n")
    samples = try lines.filter { !$0.hasPrefix("#") }.map { try Sample($0) }
    let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ") }
    kinds = Dictionary(uniqueKeysWithValues: types.map { (String($0[2]), String($0[3])) })
  }

  /// The samples of a name that have these labels, perhaps among others.
  func samples(of name: String, _ labels: [String: String] = [:]) -> [Sample] {
    samples.filter { sample in
      sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
  }

  /// The sum of those samples; throws if there are none.
  func sum(_ name: String, _ labels: [String: String] = [:]) throws -> Double {
    let found = samples(of: name, labels)
    guard !found.isEmpty else { throw TestFailure("there is no \(name) \(labels)") }
    return found.reduce(0) { $0 + $1.value }
  }

  /// The page without its values, and without the names that differ from machine to machine and from
  /// build to build.
  var form: [String] {
    text.split(separator: "\n").map { line in
      if line.hasPrefix("#") { return String(line) }
      let series = String(line[..<(line.lastIndex(of: " ") ?? line.endIndex)])
      return series.replacing(/([{,](?:node|version|revision)=")[^"]*/) { "\($0.1)…" }
    }
  }
}

extension MetricsPage.Sample {
  /// Parses `name{label="value",…} number`.
  init(_ line: Substring) throws {
    guard let match = line.wholeMatch(of: /([a-z_]+)(?:\{(.*)\})? (\S+)/),
      let value = Double(match.3)
    else { throw TestFailure("no sample: \(line)") }
    name = String(match.1)
    self.value = value
    let pairs = (match.2 ?? "").matches(of: /([a-z_]+)="((?:[^"\\]|\\.)*)"/)
    labels = Dictionary(uniqueKeysWithValues: pairs.map { (String($0.1), String($0.2)) })
  }
}
