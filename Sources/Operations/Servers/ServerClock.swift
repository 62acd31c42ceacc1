import Loop
import Queue

/// What one Redis server's clock says, beside the clocks of this machine.
struct ServerClock: Sendable {
  /// By how much a clock may go wrong between two readings without having been set.
  static let tolerance = Duration.seconds(2)

  /// Redis time less the wall clock of this machine, s; 0 until it is measured.
  private(set) var skew = 0.0
  /// How often it was set, or jumped: by more than ``tolerance`` from one reading to the next.
  private(set) var steps: UInt64 = 0
  /// Redis time less monotonic time, µs.
  private var offset: Int64?

  /// The server said `time`, µs, between `asked` and `answered`, when it was `wallClock`, ms, here.
  ///
  /// It is taken to have said so in the middle.
  mutating func read(
    _ time: Int64, asked: Instant, answered: Instant, wallClock: Int64
  ) {
    let half = (answered - asked) / 2
    skew = Double(time - wallClock * 1000 + half.microseconds) / 1e6
    let now = (answered - half).nanoseconds / 1000
    if let offset, abs(time - now - offset) > (Self.tolerance + half).microseconds { steps += 1 }
    offset = time - now
  }
}
