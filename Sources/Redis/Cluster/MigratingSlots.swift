import Loop

/// Slots whose keys lie on both sides of a move: a node answers `TRYAGAIN` to a command on several
/// of them, until the move is done. One command at a time goes to see whether it is; the others
/// wait here, and not at the node's expense.
struct MigratingSlots {
  private struct Migration {
    var nextProbe: Instant
    var refusals = 0
    var isProbed = false
  }

  /// What a command that waited to the end is told: it was never sent.
  static let reason = RedisError.server(
    code: "TRYAGAIN", message: "the keys are on their way to another node")

  private static let firstPause = Duration.milliseconds(10)
  private static let longestPause = Duration.milliseconds(100)

  private var migrations: [UInt16: Migration] = [:]

  /// Whether no slot is known to migrate.
  var isEmpty: Bool { migrations.isEmpty }

  /// A node said `TRYAGAIN`. Returns how long to wait; `jitter`, from 0 up to 1, makes it up to
  /// half as long.
  mutating func refused(_ slot: UInt16, at now: Instant, jitter: Double) -> Duration {
    var migration = migrations[slot] ?? Migration(nextProbe: now)
    // Several may have been under way when it began.
    if migration.refusals > 0, !migration.isProbed, migration.nextProbe > now {
      return migration.nextProbe - now
    }
    migration.nextProbe = now + Self.pause(migration.refusals) * (1 - jitter / 2)
    migration.refusals += 1
    migration.isProbed = false
    migrations[slot] = migration
    return migration.nextProbe - now
  }

  /// A command wants to go. Returns how long it must wait, or nil if it may go: if the slot
  /// migrates, it is the one that finds out whether the move is done.
  mutating func pause(for slot: UInt16, at now: Instant) -> Duration? {
    guard var migration = migrations[slot] else { return nil }
    if migration.nextProbe > now { return migration.nextProbe - now }
    // Should it never come back, another will go.
    migration.nextProbe = now + Self.longestPause
    migration.isProbed = true
    migrations[slot] = migration
    return nil
  }

  /// A command on several keys of the slot was served.
  mutating func served(_ slot: UInt16) {
    migrations[slot] = nil
  }

  private static func pause(_ refusals: Int) -> Duration {
    min(longestPause, firstPause * (1 << min(refusals, 10)))
  }
}
