import Loop

/// Decides when our own `redis-server` is started, started again, and put an end to.
///
/// It never gives up: without Redis usher cannot work anyway, and what is in the way (a full disk,
/// say) may be gone a moment later. A server that keeps dying is started again after a pause that
/// doubles from 250 ms to 5 s; one that had run for longer than the longest pause, at once after
/// the shortest.
struct Supervisor: Sendable {
  /// What has to be done.
  enum Action: Equatable {
    case nothing
    /// Start a server now.
    case start
    /// Repair the server's files, and call ``repairEnded(at:)``.
    case repair
    /// Call ``pauseEnded(at:)`` at that time.
    case pause(until: Instant)
    /// Ask the server to end, and call ``patienceEnded()`` at that time.
    case terminate(patience: Instant)
    /// End the server.
    case kill
    /// The server is gone, and no other is to be started.
    case finish
  }

  /// The pause after the first death.
  static let shortestPause = Duration.milliseconds(250)
  /// The pause after many deaths in a row.
  static let longestPause = Duration.seconds(5)
  /// How long a server may take to end: enough to write what it has.
  static let patience = Duration.seconds(5)

  private enum State: Equatable {
    case idle
    case running(since: Instant)
    case repairing
    case pausing
    case stopping
    case over
  }

  private var state = State.idle
  private var nextPause = shortestPause

  /// Begins to keep a server running.
  mutating func begin(at now: Instant) -> Action {
    guard state == .idle else { return .nothing }
    return start(at: now)
  }

  /// The server could not be started.
  mutating func startFailed(at now: Instant) -> Action {
    exited(at: now)
  }

  /// The server ended, for whatever reason.
  /// - Parameter filesAreDamaged: Whether it said that it cannot read its files.
  mutating func exited(at now: Instant, filesAreDamaged: Bool = false) -> Action {
    switch state {
    case .running(let since):
      if now - since > Self.longestPause { nextPause = Self.shortestPause }
      guard filesAreDamaged else { return pause(at: now) }
      state = .repairing
      return .repair
    case .stopping:
      state = .over
      return .finish
    case .idle, .repairing, .pausing, .over:
      return .nothing
    }
  }

  /// The repair is over, whatever came of it.
  mutating func repairEnded(at now: Instant) -> Action {
    switch state {
    case .repairing: pause(at: now)
    case .idle, .running, .pausing, .stopping, .over: .nothing
    }
  }

  /// The time of ``Action/pause(until:)`` has come.
  mutating func pauseEnded(at now: Instant) -> Action {
    guard state == .pausing else { return .nothing }
    return start(at: now)
  }

  /// The server is not needed any more.
  mutating func stop(at now: Instant) -> Action {
    switch state {
    case .running:
      state = .stopping
      return .terminate(patience: now + Self.patience)
    case .idle, .repairing, .pausing:
      state = .over
      return .finish
    case .stopping, .over:
      return .nothing
    }
  }

  /// The time of ``Action/terminate(patience:)`` has come.
  mutating func patienceEnded() -> Action {
    state == .stopping ? .kill : .nothing
  }

  private mutating func pause(at now: Instant) -> Action {
    let pause = nextPause
    nextPause = min(nextPause * 2, Self.longestPause)
    state = .pausing
    return .pause(until: now + pause)
  }

  private mutating func start(at now: Instant) -> Action {
    state = .running(since: now)
    return .start
  }
}
