import Loop
import Redis

/// One course on its way to a sink: decides what to do next, and does nothing itself. Each event is a
/// method and returns the one thing to do; exactly one thing is under way at any time.
///
/// The sink's own positions are the truth: after a write of which it is not known whether it happened, they
/// are asked for again, together with a new fence, behind which such a write can no longer happen.
///
/// Reading begins *at* the last entry that was read, which must still be there, of the same epoch: if it is
/// not, Redis has lost something or trimmed it, and the stream is read from its start. Entries at or before
/// the position of their own epoch are skipped.
struct Delivery {
  /// What is to be done.
  enum Action: Equatable {
    case claim
    /// Read from this entry on, or from the start: so many.
    case read(from: StreamID?, count: Int)
    case write(ArraySlice<Entry>, fence: Int64)
    case bury(Entry, because: DeadLetter, fence: Int64)
    /// Call ``restEnded()`` after that time.
    case rest(Duration)
    /// The course is another relay's.
    case giveUp
  }

  private enum State: Equatable {
    case claiming
    case reading
    case writing(ArraySlice<Entry>)
    case burying(Entry)
    case resting(then: Next)
    case over
  }

  private enum Next { case claim, read }

  /// How a delivery behaves.
  struct Settings: Sendable {
    /// The most entries read or written at a time.
    var batch = 1000
    /// How long to wait where there was nothing new: from the first to the longest, doubled each time.
    var idle = Backoff(first: .milliseconds(50), longest: .milliseconds(500))
    /// How long to wait after failures.
    var retry = Backoff(first: .milliseconds(100), longest: .seconds(5))
  }

  /// What was delivered last, since the claim: the epoch and the entry.
  private(set) var delivered: (epoch: String, id: StreamID)?
  /// The greatest fence that is this delivery's own.
  private(set) var fence: Int64 = 0
  /// The first entry that was read and is not delivered.
  var oldest: StreamID? { pending.first?.id }
  /// Whether the sink has said how far deliveries have come.
  private(set) var knowsPositions = false

  private let settings: Settings
  private var state = State.claiming
  private var positions: [String: StreamID] = [:]
  /// The last entry read, which must still be in the stream.
  private var witness: (epoch: String, id: StreamID)?
  private var pending: ArraySlice<Entry> = []
  /// The most entries to be written at a time: halved where some are refused for good, until the one that is
  /// at fault is alone.
  private var limit: Int
  private var idleReads = 0
  private var failures = 0

  init(_ settings: Settings) {
    self.settings = settings
    limit = settings.batch
  }

  /// The first thing to do.
  mutating func begin() -> Action {
    state = .claiming
    return .claim
  }

  // MARK: - The sink

  /// The sink is claimed.
  mutating func claimed(_ claim: Claim) -> Action {
    guard state == .claiming else { return .giveUp }
    (fence, positions, failures) = (claim.fence, claim.positions, 0)
    (pending, knowsPositions) = ([], true)
    witness = claim.latest.flatMap { epoch in claim.positions[epoch].map { (epoch, $0) } }
    delivered = witness
    return read()
  }

  /// The write that was asked for is committed.
  mutating func written() -> Action {
    switch state {
    case .writing(let entries):
      advance(past: entries)
      limit = min(settings.batch, limit * 2)
    case .burying(let entry): advance(past: [entry])
    case .claiming, .reading, .resting, .over: return .giveUp
    }
    failures = 0
    return pending.isEmpty ? read() : write()
  }

  /// What was asked of the sink failed.
  mutating func failed(_ failure: SinkFailure, jitter: Double) -> Action {
    switch failure {
    case .fenced:
      state = .over
      return .giveUp
    case .forNow: return rest(then: .claim, jitter)
    case .forGood(let detail): return refused(detail, jitter)
    }
  }

  private mutating func refused(_ detail: String, _ jitter: Double) -> Action {
    guard case .writing(let entries) = state, let first = entries.first else {
      // Not even a dead letter is taken.
      return rest(then: .claim, jitter)
    }
    if entries.count == 1 { return bury(first, DeadLetter(reason: .refused, detail: detail)) }
    limit = entries.count / 2
    return write()
  }

  // MARK: - Redis

  /// What was read. With a cursor it begins with that entry, if that is still there.
  mutating func arrived(_ entries: [Entry], jitter: Double) -> Action {
    guard state == .reading else { return .giveUp }
    failures = 0
    var new = entries[...]
    if let witness {
      guard let first = new.popFirst(), first.id == witness.id, first.epoch == witness.epoch else {
        self.witness = nil
        return read()
      }
    }
    guard let last = new.last else {
      idleReads += 1
      state = .resting(then: .read)
      return .rest(settings.idle.pause(afterFailures: idleReads, jitter: jitter))
    }
    idleReads = 0
    witness = (last.epoch, last.id)
    pending =
      new.filter { $0.id > positions[$0.epoch] ?? StreamID(milliseconds: -1, number: 0) }[...]
    return pending.isEmpty ? read() : write()
  }

  /// Redis did not say what is in the stream.
  mutating func readFailed(jitter: Double) -> Action {
    guard state == .reading else { return .giveUp }
    return rest(then: .read, jitter)
  }

  /// The time that ``Action/rest(_:)`` told has passed.
  mutating func restEnded() -> Action {
    guard case .resting(let next) = state else { return .giveUp }
    switch next {
    case .claim: return begin()
    case .read: return read()
    }
  }

  // MARK: - What next

  private mutating func read() -> Action {
    state = .reading
    return .read(from: witness?.id, count: settings.batch + 1)
  }

  private mutating func write() -> Action {
    guard let first = pending.first else { return read() }
    guard first.isSound else {
      return bury(first, DeadLetter(reason: .malformed, detail: "it is no text in pairs"))
    }
    let batch = pending.prefix(limit).prefix { $0.epoch == first.epoch && $0.isSound }
    state = .writing(batch)
    return .write(batch, fence: fence)
  }

  private mutating func bury(_ entry: Entry, _ letter: DeadLetter) -> Action {
    state = .burying(entry)
    return .bury(entry, because: letter, fence: fence)
  }

  private mutating func rest(then next: Next, _ jitter: Double) -> Action {
    failures += 1
    state = .resting(then: next)
    return .rest(settings.retry.pause(afterFailures: failures, jitter: jitter))
  }

  private mutating func advance(past entries: ArraySlice<Entry>) {
    guard let last = entries.last else { return }
    positions[last.epoch] = last.id
    delivered = (last.epoch, last.id)
    pending = pending.dropFirst(entries.count)
  }
}
