import Loop

/// How a pool behaves.
package struct PoolSettings: Equatable, Sendable {
  /// The most connections there may be, those that are being made included; at least 1.
  package var max = 50
  /// So many are opened at the start, and kept open however little there is to do.
  package var minIdle = 1
  /// How many commands may be in flight on one connection; 1 makes a classic pool.
  package var pipelineDepth = 128
  /// How long a command may wait for room.
  package var wait: Duration = .milliseconds(100)
  /// How long a reply may take once its command is written.
  package var timeout: Duration = .milliseconds(500)
  /// How long a connection may take until it is ready, from the look-up of the name to the `PONG`.
  package var connectTimeout: Duration = .seconds(2)
  /// How long a connection beyond ``minIdle`` stays open with nothing to do.
  package var idleTimeout: Duration = .seconds(30)
  /// When to try again after a connection could not be made.
  package var backoff = Backoff()
  /// The longest reply, in bytes as they are sent; a longer one ends the connection.
  package var maxReplyBytes = 16 * 1024 * 1024

  /// The defaults.
  package init() {}
}
