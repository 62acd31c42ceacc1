import Locking
import Metrics
import Queue

/// How each line stands: length, measured admissions, tokens.
///
/// Labels are bounded: the longest lines have series of their own, all others together are `other`.
struct LineMetrics: Sendable {
  private let lines: Lines

  init(_ registry: Registry, limit: Int) {
    let lines = Lines(limit: limit)
    self.lines = lines
    registry.collect(
      "usher_queue_length", kind: .gauge, help: "People waiting in line.", labels: ["event"]
    ) { lines.samples { Double($0.length) } }
    registry.collect(
      "usher_queue_admission_rate", kind: .gauge,
      help: "Measured admissions a second, averaged over the last minute with decay.",
      labels: ["event"]
    ) { lines.samples { $0.admissionRate } }
    registry.collect(
      "usher_queue_tokens_available", kind: .gauge,
      help: "People who may enter at this moment; 0 while the event is paused or being rebuilt.",
      labels: ["event"]
    ) { lines.samples { $0.tokens } }
  }

  /// Takes the present state of an event's line.
  func set(_ snapshot: LineSnapshot, of event: EventID) {
    lines.set(
      Lines.Line(
        length: snapshot.length, admissionRate: snapshot.admissionsLastMinute,
        tokens: snapshot.usableTokens),
      of: event)
  }

  /// Drops all events but these.
  func keep(_ events: Set<EventID>) {
    lines.keep(events)
  }

  private final class Lines: Sendable {
    struct Line {
      var length: Int
      var admissionRate: Double
      var tokens: Double
    }

    private let limit: Int
    private let lines = Lock<[EventID: Line]>([:])

    init(limit: Int) {
      self.limit = limit
    }

    func set(_ line: Line, of event: EventID) {
      lines.withLock { $0[event] = line }
    }

    func keep(_ events: Set<EventID>) {
      lines.withLock { lines in lines = lines.filter { events.contains($0.key) } }
    }

    func samples(_ value: (Line) -> Double) -> [(labelValues: [String], value: Double)] {
      let sorted = lines.withLock { $0 }.sorted {
        ($1.value.length, $0.key.text) < ($0.value.length, $1.key.text)
      }
      var samples = sorted.prefix(limit).map { ([$0.key.text], value($0.value)) }
      let rest = sorted.dropFirst(limit)
      if !rest.isEmpty { samples.append((["other"], rest.reduce(0) { $0 + value($1.value) })) }
      return samples
    }
  }
}
