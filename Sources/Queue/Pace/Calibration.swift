/// Learns how far off the ETAs of one line are: the interval of an ETA is meant to hold nine waits in ten.
///
/// *Conformal prediction* (Vovk, Gammerman and Shafer, "Algorithmic learning in a random world", 2005), over
/// the latest waits only, since doors change. Now and then it remembers what one person is told, and looks
/// when the calls come to that place: how long it took, as a share of what was expected, is a score. Of the
/// latest scores of waits of that length, a twentieth is below the interval, and a twentieth above it. Where
/// only the bucket decides and where more does, waits err in different ways, and are kept apart.
///
/// What was told before a setting changed says nothing of how good the rule is, and is forgotten.
///
/// All times are µs of Redis time.
struct Calibration: Equatable {
  private struct Sample: Equatable {
    let ticket: Int64
    let told: Int64
    /// What was expected, in seconds: what is certain, and the rest.
    let starts: Double
    let moving: Double
    let kind: Int
  }

  private var samples: [Sample] = []
  /// The latest scores of each class, those of bars behind the others.
  private var scores = Array(repeating: [Double](), count: 2 * Margins.count)
  private var next = Array(repeating: 0, count: 2 * Margins.count)
  /// When the next of each class is remembered.
  private var nextAt = Array(repeating: Int64.min, count: 2 * Margins.count)
  private var free = Margins()
  private var barred = Margins()
  private var last: LineSnapshot?

  /// What the next ETAs may be off by.
  func margins(barred isBarred: Bool) -> Margins { isBarred ? barred : free }

  /// Takes in what the bearer of a ticket is told at `time`, who is not called.
  mutating func note(_ ticket: Ticket, _ eta: ETA, by prospect: Prospect, at time: Int64) {
    guard let last, ticket.microseconds > last.calledTo, let seconds = eta.seconds else { return }
    let moving = Double(seconds) - prospect.starts
    let kind = Margins.index(of: moving) + (prospect.isBarred ? Margins.count : 0)
    guard moving >= 1, time >= nextAt[kind] else { return }
    nextAt[kind] = time + Int64(max(1, moving / Self.pending) * 1e6)
    samples.append(
      Sample(
        ticket: ticket.microseconds, told: time, starts: prospect.starts, moving: moving,
        kind: kind))
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
      let score = (Double(called - sample.told) / 1e6 - sample.starts) / sample.moving
      if sample.ticket <= next.calledTo || score > Self.worst {
        learn(min(max(score, 0), Self.worst), sample.kind)
      } else {
        samples.append(sample)
      }
    }
  }

  private mutating func learn(_ score: Double, _ kind: Int) {
    if scores[kind].count < Self.kept {
      scores[kind].append(score)
    } else {
      scores[kind][next[kind]] = score
      next[kind] = (next[kind] + 1) % Self.kept
    }
    let sorted = (scores[kind] + Self.assumed).sorted()
    let outside = Int(Double(sorted.count + 1) * Self.missed)
    let margin = Margin(
      low: sorted[max(0, outside - 1)], high: sorted[min(sorted.count - 1, sorted.count - outside)])
    if kind < Margins.count { free[kind] = margin } else { barred[kind - Margins.count] = margin }
  }

  /// Which share of the calls may come too early, and which too late.
  private static let missed = 0.05
  /// So many scores of each class are kept.
  private static let kept = 80
  /// Beside them stand these: what was easy to tell for a while may change at any moment.
  private static let assumed = (0..<20).map { 0.78 + 0.44 * Double($0) / 19 }
  /// So many of each class are waited for.
  private static let pending = 20.0
  /// A wait that has taken that many times as long as was expected is not waited for any more.
  private static let worst = 4.0
}

extension LineSnapshot {
  /// Whether nothing that an operator sets, and no loss, came between the two.
  fileprivate func hasSameSettings(as other: LineSnapshot) -> Bool {
    rate == other.rate && burst == other.burst && state == other.state && opensAt == other.opensAt
      && activeLimit == other.activeLimit && epoch == other.epoch
      && rebuildUntil == other.rebuildUntil && (roomForSale == nil) == (other.roomForSale == nil)
  }
}
