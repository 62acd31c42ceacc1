/// When to poll next.
package enum PollHint {
  /// The longest hint, in seconds; `rebuild-window` must be longer.
  package static let longest = 20

  /// Whole seconds until the next poll: a tenth of the wait, 1 near the door and ``longest`` far from
  /// it, spread by ±15 % and rounded up or down by chance, so that those who joined together do not
  /// poll together.
  package static func seconds(
    eta: Double, using generator: inout some RandomNumberGenerator
  ) -> Int {
    let spread =
      min(max(eta / 10, 1), Double(longest) / 1.15)
      * Double.random(in: 0.85...1.15, using: &generator)
    let rounded = (spread + Double.random(in: 0..<1, using: &generator)).rounded(.down)
    return min(max(Int(rounded), 1), longest)
  }
}
