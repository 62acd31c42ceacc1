/// The text in which a scraper gets the metrics.
package enum ExpositionFormat: Sendable {
  /// Prometheus' text format 0.0.4, which every scraper reads.
  case text
  /// OpenMetrics 1.0.0.
  case openMetrics

  /// The value of `Content-Type`.
  package var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// Chooses by a request's `Accept`.
  ///
  /// OpenMetrics goes to a scraper that names it, in version 1.0.0 or none, and likes it at least as
  /// much as plain text. Every other one gets ``text``, even if it accepts neither: a known format serves
  /// it better than a 406.
  ///
  /// Source: RFC 9110, section 12.5.1.
  package init(accept: String?) {
    let ranges = (accept ?? "").split(separator: ",").compactMap { MediaRange($0) }
    let openMetrics = ranges.filter(\.isOpenMetrics).map(\.quality).max() ?? 0
    // Of the ranges that cover plain text, the most specific one speaks.
    let plain =
      ["text/plain", "text/*", "*/*"].lazy
      .compactMap { type in ranges.filter { $0.type == type }.map(\.quality).max() }
      .first ?? 0
    self = openMetrics > 0 && openMetrics >= plain ? .openMetrics : .text
  }
}

/// One element of `Accept`: `type/subtype; version=…; q=…`.
private struct MediaRange {
  let type: String
  private(set) var version: String?
  /// From 0, not acceptable, to 1.
  private(set) var quality = 1.0

  /// Nil when the quality is none: such an element says nothing that could be relied on.
  init?(_ text: Substring) {
    let parts = text.split(separator: ";").map { $0.trimmed.lowercased() }
    guard let type = parts.first else { return nil }
    self.type = type
    for parameter in parts.dropFirst() {
      let pair = parameter.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      let value = pair[1].trimmed
      switch pair[0].trimmed {
      case "version":
        version = value
      case "q":
        guard let quality = Double(value), (0...1).contains(quality) else { return nil }
        self.quality = quality
      default:
        continue
      }
    }
  }

  var isOpenMetrics: Bool {
    type == "application/openmetrics-text" && (version == nil || version == "1.0.0")
  }
}

extension StringProtocol {
  /// Without spaces, tabs and quotation marks around it.
  fileprivate var trimmed: String {
    let framing: Set<Character> = [" ", "\t", "\""]
    let start = drop { framing.contains($0) }
    return String(String(start.reversed()).drop { framing.contains($0) }.reversed())
  }
}
