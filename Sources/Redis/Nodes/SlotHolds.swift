import Loop

/// Slots whose keys lie on both sides of a move: a node answers `TRYAGAIN` to whoever asks for several of
/// them, until the move is done. One command at a time goes to see whether it is; the others wait here, and
/// not at the node's expense.
struct SlotHolds {
  private struct Hold {
    var nextProbe: Instant
    var refusals = 0
    var isProbed = false
  }

  /// What a command that waited to the end is told: it was never sent.
  static let reason = RedisError.server(
    code: "TRYAGAIN", message: "the keys are on their way to another node")

  private static let firstPause = Duration.milliseconds(10)
  private static let longestPause = Duration.milliseconds(100)

  private var holds: [UInt16: Hold] = [:]

  /// Whether no slot is held.
  var isEmpty: Bool { holds.isEmpty }

  /// A node said `TRYAGAIN`. Returns how long to wait; `jitter`, from 0 up to 1, makes it up to half as long.
  mutating func refused(_ slot: UInt16, at now: Instant, jitter: Double) -> Duration {
    var hold = holds[slot] ?? Hold(nextProbe: now)
    // Several may have been under way when it began.
    if hold.refusals > 0, !hold.isProbed, hold.nextProbe > now { return hold.nextProbe - now }
    hold.nextProbe = now + Self.pause(hold.refusals) * (1 - jitter / 2)
    hold.refusals += 1
    hold.isProbed = false
    holds[slot] = hold
    return hold.nextProbe - now
  }

  /// A command wants to go. Returns how long it must wait, or nil if it may: if the slot is held, it is the
  /// one that finds out whether it still need be.
  mutating func pause(for slot: UInt16, at now: Instant) -> Duration? {
    guard var hold = holds[slot] else { return nil }
    if hold.nextProbe > now { return hold.nextProbe - now }
    // Should it never come back, another will go.
    hold.nextProbe = now + Self.longestPause
    hold.isProbed = true
    holds[slot] = hold
    return nil
  }

  /// A command on several keys of the slot was served.
  mutating func served(_ slot: UInt16) {
    holds[slot] = nil
  }

  private static func pause(_ refusals: Int) -> Duration {
    min(longestPause, firstPause * (1 << min(refusals, 10)))
  }
}
