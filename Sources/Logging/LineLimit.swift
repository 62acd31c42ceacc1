import Loop

/// Lets the first lines of one kind through in ten seconds, and counts the others, for one line that says
/// how many were left out.
package struct LineLimit: Sendable {
  /// How long a line is remembered.
  package static let period = Duration.seconds(10)

  private let lines: Int
  private var began: Instant?
  private var count = 0

  /// Lets `lines` through in each ``period``.
  package init(lines: Int) {
    self.lines = lines
  }

  /// Whether a line may be written at `now`.
  package mutating func allows(at now: Instant) -> Bool {
    if began == nil { began = now }
    count += 1
    return count <= lines
  }

  /// How many lines were left out, once, when the period is over; 0 before and where there are none. To be
  /// asked every second or so: a new period begins with the next line after that.
  package mutating func takeLeftOut(at now: Instant) -> Int {
    guard let began, began + Self.period <= now else { return 0 }
    defer {
      self.began = nil
      count = 0
    }
    return max(0, count - lines)
  }
}
