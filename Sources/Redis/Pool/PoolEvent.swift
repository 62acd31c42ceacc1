import Loop

/// What happens in a pool, for metrics and the log.
///
/// Each command that was sent to a pool ends in exactly one `answered` or `failed`.
package enum PoolEvent {
  /// A connection became ready.
  case opened
  /// A connection that had become ready was closed.
  case closed(CloseReason)
  /// A connection could not be made; the sentence says why.
  case openingFailed(String)
  /// How full the pool is, told whenever it changes.
  case occupancy(PoolOccupancy)
  /// A command that had to wait for room stopped waiting, with or without luck, after this time.
  case waited(Duration)
  /// All connections were full for as long as a command may wait.
  case waitTimedOut
  /// A reply came, this long after the command was written. `script` is set for `evalsha`.
  case answered(Command.Kind, script: Script?, after: Duration)
  /// A command failed, this long after it was written; nil if it never was.
  case failed(Command.Kind, script: Script?, RedisError, after: Duration?)
  /// Redis had forgotten a script, and got it again.
  case reloaded(Script)
}

/// How full a pool is.
package struct PoolOccupancy: Equatable, Sendable {
  /// Connections with at least one command in flight.
  package var used = 0
  /// Connections that are ready and have nothing to do.
  package var idle = 0
  /// Commands that wait for room.
  package var waiting = 0
}
