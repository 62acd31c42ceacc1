/// What the registry needs of a family of any type.
protocol Family: Sendable {
  var header: FamilyHeader { get }

  /// Appends a line for each present sample, sorted by label values.
  func appendSamples(to text: inout [UInt8])
}

/// The name, type, help and labels of a family, rendered once.
struct FamilyHeader: Sendable {
  /// The types of metrics, by their names in the formats.
  enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  let name: String
  let kind: Kind
  let labels: [String]
  private let text: [UInt8]
  private let openMetrics: [UInt8]

  init(_ name: String, _ kind: Kind, help: String, labels: [String]) {
    precondition(Self.isName(name), "\(name) is no name for a metric")
    precondition(
      kind != .counter || (name.hasSuffix("_total") && name != "_total"),
      "counter \(name) does not end in _total")
    precondition(Set(labels).count == labels.count, "a label of \(name) appears twice")
    for label in labels {
      precondition(
        Self.isName(label) && !label.hasPrefix("__"), "\(label) is no name for a label of \(name)")
      precondition(kind != .histogram || label != "le", "le is a histogram's own label")
    }
    self.name = name
    self.kind = kind
    self.labels = labels
    text = Self.lines(name, kind, help: ExpositionText.escaped(help, quotes: false))
    openMetrics = Self.lines(
      Self.openMetricsName(name, kind), kind, help: ExpositionText.escaped(help, quotes: true))
  }

  /// The `# HELP` and `# TYPE` lines.
  func bytes(in format: ExpositionFormat) -> [UInt8] {
    switch format {
    case .text: text
    case .openMetrics: openMetrics
    }
  }

  /// The names that no other family may use: its own in each format, and those of its samples.
  var claimedNames: [String] {
    switch kind {
    case .counter: [name, Self.openMetricsName(name, kind)]
    case .gauge: [name]
    case .histogram: [name] + ["_bucket", "_count", "_sum"].map { name + $0 }
    }
  }

  /// What stands before the value of a sample, with the space between: `name{label="value"} `.
  ///
  /// - Parameters:
  ///   - suffix: What the sample's name has after the family's.
  ///   - upperBound: The value of a bucket's `le`.
  func samplePrefix(
    _ labelValues: [String], suffix: String = "", upperBound: String? = nil
  ) -> [UInt8] {
    precondition(labelValues.count == labels.count, "\(name) has the labels \(labels)")
    var pairs = Array(zip(labels, labelValues))
    if let upperBound { pairs.append(("le", upperBound)) }
    var prefix = Array((name + suffix).utf8)
    var separator = "{"
    for (label, value) in pairs {
      prefix += "\(separator)\(label)=\"".utf8
      prefix += ExpositionText.escaped(value, quotes: true)
      prefix += "\"".utf8
      separator = ","
    }
    prefix += (pairs.isEmpty ? " " : "} ").utf8
    return prefix
  }

  /// In OpenMetrics a counter's family goes without `_total`; only its sample has it.
  private static func openMetricsName(_ name: String, _ kind: Kind) -> String {
    kind == .counter ? String(name.dropLast("_total".count)) : name
  }

  private static func lines(_ name: String, _ kind: Kind, help: [UInt8]) -> [UInt8] {
    Array("# HELP \(name) ".utf8) + help + "\n# TYPE \(name) \(kind.rawValue)\n".utf8
  }

  /// Letters, digits and underscores, no digit first. (Colons are for recording rules.)
  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
