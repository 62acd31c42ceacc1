import Loop

/// When the commands in flight were written, one entry a write: all commands of a turn leave
/// together.
struct InFlightWrites {
  private struct Batch {
    let sentAt: Instant
    let count: Int
  }

  private var batches = Ring<Batch>()
  /// How many commands of the first batch have their reply.
  private var answered = 0
  /// How many commands have been written and have no reply yet.
  private(set) var count = 0

  /// When the oldest of them was written.
  var oldest: Instant? { batches.first?.sentAt }

  /// So many commands were written.
  mutating func written(_ commands: Int, at now: Instant) {
    guard commands > 0 else { return }
    batches.append(Batch(sentAt: now, count: commands))
    count += commands
  }

  /// The next command got its reply; returns when it was written, nil if none was.
  mutating func replyArrived() -> Instant? {
    guard let batch = batches.first else { return nil }
    count -= 1
    answered += 1
    if answered == batch.count {
      _ = batches.popFirst()
      answered = 0
    }
    return batch.sentAt
  }
}
