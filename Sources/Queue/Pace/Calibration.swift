import Glibc

/// Learns how far off the ETAs of one line are: the interval of an ETA is meant to hold nine waits in ten.
///
/// *Conformal prediction, online* (Gibbs and Candès, "Adaptive conformal inference under distribution
/// shift", NeurIPS 2021; as quantile tracking in Angelopoulos, Candès and Tibshirani, "Conformal PID control
/// for time series prediction", NeurIPS 2023). Now and then it remembers what one person was told, and
/// looks when the calls come to that place. A call that comes too late raises the upper margin by a step,
/// and each that does not lowers it by a twentieth of what such a step is; with the lower margin likewise.
/// So one in twenty comes too late in the long run, and one too early, whatever it is that errs.
///
/// What was told before a setting changed says nothing of how good the rule is, and is forgotten.
///
/// All times are µs of Redis time.
struct Calibration: Equatable {
  /// What the next ETAs may be off by.
  private(set) var margins = Margins()

  private struct Sample: Equatable {
    let ticket: Int64
    let told: Int64
    let low: Int
    let high: Int
    let kind: Int
  }

  private var samples: [Sample] = []
  /// When the next of each class is remembered.
  private var nextAt = Array(repeating: Int64.min, count: Margins.count)
  private var last: LineSnapshot?

  /// Takes in what the bearer of a ticket is told at `time`, who is not called.
  ///
  /// - Parameter starts: Seconds until people are called at all, which are certain.
  mutating func note(_ ticket: Ticket, _ eta: ETA, starts: Double, at time: Int64) {
    guard let last, ticket.microseconds > last.calledTo, let seconds = eta.seconds,
      let low = eta.low, let high = eta.high
    else { return }
    let moving = max(0, Double(seconds) - starts)
    let kind = Margins.index(of: moving)
    guard moving >= 1, time >= nextAt[kind] else { return }
    nextAt[kind] = time + Int64(max(1, moving / Self.pending) * 1e6)
    samples.append(
      Sample(ticket: ticket.microseconds, told: time, low: low, high: high, kind: kind))
  }

  /// Takes in a later moment of the line.
  mutating func observe(_ next: LineSnapshot) {
    defer { last = next }
    guard let last, last.hasSameSettings(as: next) else {
      samples = []
      return
    }
    if samples.isEmpty { return }
    // The call came between the two.
    let called = (last.time + next.time) / 2
    let waiting = samples
    samples = []
    for sample in waiting {
      let seconds = Double(called - sample.told) / 1e6
      guard sample.ticket <= next.calledTo || seconds > Double(3 * sample.high) else {
        samples.append(sample)
        continue
      }
      learn(
        sample.kind, isEarly: seconds < Double(sample.low), isLate: seconds > Double(sample.high))
    }
  }

  private mutating func learn(_ kind: Int, isEarly: Bool, isLate: Bool) {
    var margin = margins[kind]
    margin.low *= exp(Self.step * (Self.missed - (isEarly ? 1 : 0)))
    margin.high *= exp(Self.step * ((isLate ? 1 : 0) - Self.missed))
    margins[kind] = Margin(
      low: min(max(margin.low, 0.1), 0.98), high: min(max(margin.high, 1.02), 5))
  }

  /// How much a margin grows for a call that it did not hold.
  private static let step = 0.05
  /// Which share of the calls may come too early, and which too late.
  private static let missed = 0.05
  /// So many of each class are waited for.
  private static let pending = 50.0
}

extension LineSnapshot {
  /// Whether nothing that an operator sets, and no loss, came between the two.
  fileprivate func hasSameSettings(as other: LineSnapshot) -> Bool {
    rate == other.rate && burst == other.burst && state == other.state
      && activeLimit == other.activeLimit && epoch == other.epoch
      && rebuildUntil == other.rebuildUntil && (roomForSale == nil) == (other.roomForSale == nil)
  }
}
