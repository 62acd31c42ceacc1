/// When to poll next.
package enum PollHint {
  /// The longest hint, in seconds; `rebuild-window` must be longer.
  package static let longest = 20

  /// Whole seconds until the next poll: a tenth of the wait, 1 near the door and ``longest`` far from
  /// it, spread by ±15 % and rounded up or down by chance, so that those who joined together do not
  /// poll together.
  ///
  /// - Parameter silenceAllowed: After how much silence a person at that place is parked: a hint is at
  ///   most half of it, so that one poll may be late or lost, but at least a second.
  package static func seconds(
    eta: Double, silenceAllowed: Duration, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let limit = min(longest, max(1, Int(silenceAllowed.components.seconds / 2)))
    let spread =
      min(max(eta / 10, 1), Double(limit) / 1.15)
      * Double.random(in: 0.85...1.15, using: &generator)
    let rounded = (spread + Double.random(in: 0..<1, using: &generator)).rounded(.down)
    return min(max(Int(rounded), 1), limit)
  }
}
