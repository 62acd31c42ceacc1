/// When to poll next.
package enum PollHint {
  /// The longest hint, in seconds; `rebuild-window` must be longer.
  package static let longest = 20
  /// The shortest hint while no one can be called, in seconds.
  static let shortestShut = 10

  /// Whole seconds until the next poll, at most half of the silence that is allowed there, so that one
  /// poll may be late or lost, but at least a second.
  ///
  /// A tenth of the wait, 1 near the door and ``longest`` far from it, spread by ±15 % and rounded up or
  /// down by chance, so that those who joined together do not poll together. While no one can be called,
  /// anything from ``shortestShut`` to ``longest``, but not past the moment of the own call.
  ///
  /// - Parameters:
  ///   - isShut: Whether no one can be called yet.
  ///   - silenceAllowed: After how much silence a person at that place is parked.
  package static func seconds(
    eta: ETA, isShut: Bool, silenceAllowed: Duration,
    using generator: inout some RandomNumberGenerator
  ) -> Int {
    let limit = min(longest, max(1, Int(silenceAllowed.components.seconds / 2)))
    guard let wait = eta.seconds else { return shut(until: longest, limit, using: &generator) }
    if isShut { return shut(until: wait, limit, using: &generator) }
    let spread =
      min(max(Double(wait) / 10, 1), Double(limit) / 1.15)
      * Double.random(in: 0.85...1.15, using: &generator)
    let rounded = (spread + Double.random(in: 0..<1, using: &generator)).rounded(.down)
    return min(max(Int(rounded), 1), limit)
  }

  private static func shut(
    until wait: Int, _ limit: Int, using generator: inout some RandomNumberGenerator
  ) -> Int {
    // A call is seen a second or two after it was made.
    let latest = min(limit, wait + 2)
    let earliest = min(shortestShut, limit / 2, wait, latest)
    // More of them at the end: so the waves die away soonest that begin where all hear of it at once.
    let hint = Int.random(in: earliest...latest + (latest - earliest) * 3 / 10, using: &generator)
    return max(1, min(hint, latest))
  }
}
