import Glibc

/// One thread's event loop: descriptors, timers, and work that waits for the end of the turn.
///
/// A *turn* waits until something is ready, handles all of it, fires the timers that are due, and
/// then runs what was deferred, phase by phase, until nothing is left. That is how all requests of
/// a turn share one write: handlers only append to buffers, and the buffers are flushed once.
///
/// Everything here belongs to the thread that created it; other threads knock on an ``Inbox``.
public final class Loop {
  /// The order in which deferred work runs. A later phase waits until the earlier ones are empty,
  /// also when they fill up again on the way.
  public enum Phase: Int, CaseIterable, Sendable {
    /// Answers go out to clients, which may bring in their next requests.
    case answer
    /// What was collected during the turn becomes commands.
    case gather
    /// Commands are written, once a connection.
    case flush
  }

  /// A timer that was set; see ``cancel(_:)``.
  public struct TimerID: Hashable {
    fileprivate let id: TimerQueue<() -> Void>.ID
  }

  /// A descriptor that is being watched; see ``unwatch(_:)``.
  public struct WatchID: Hashable {
    fileprivate let registration: Poller.Registration
  }

  /// The time at which the present turn began.
  public private(set) var now: Instant

  /// Called at the end of each turn with the time that its work took: for that long, whatever
  /// became ready meanwhile had to wait.
  public var turnEnded: ((Duration) -> Void)?

  private var poller: Poller
  private var watches: [Poller.Registration: (Readiness) -> Void] = [:]
  private var timers = TimerQueue<() -> Void>()
  private var deferred: [[() -> Void]]
  private var running = false
  private let thread = pthread_self()

  /// An empty loop, owned by the calling thread.
  public init() throws(SystemError) {
    poller = try Poller()
    deferred = Array(repeating: [], count: Phase.allCases.count)
    now = .now
  }

  /// Calls `handler` whenever `descriptor` is ready, until ``unwatch(_:)``. The caller keeps owning
  /// the descriptor, and unwatches it before closing it.
  public func watch(
    _ descriptor: Int32, for interest: Interest, _ handler: @escaping (Readiness) -> Void
  ) throws(SystemError) -> WatchID {
    assertConfined()
    let registration = try poller.add(descriptor, interest)
    watches[registration] = handler
    return WatchID(registration: registration)
  }

  /// Changes what a watched descriptor is watched for.
  public func modify(_ watch: WatchID, for interest: Interest) throws(SystemError) {
    assertConfined()
    try poller.modify(watch.registration, interest)
  }

  /// Stops watching; no event reaches the handler after this, not even one already fetched.
  public func unwatch(_ watch: WatchID) {
    assertConfined()
    if watches.removeValue(forKey: watch.registration) != nil {
      poller.remove(watch.registration)
    }
  }

  /// Calls `action` once, at `deadline` or as soon after it as the loop can; never before it.
  @discardableResult
  public func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
    assertConfined()
    return TimerID(id: timers.insert(at: deadline, action))
  }

  /// Calls `action` once, when `delay` has passed since the clock's present time.
  @discardableResult
  public func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerID {
    // `now` is the turn's start, and a timer must not fire early.
    schedule(at: .now + delay, action)
  }

  /// Cancels a timer; nothing happens if it has fired.
  public func cancel(_ timer: TimerID) {
    assertConfined()
    timers.remove(timer.id)
  }

  /// Runs `work` at the end of this turn, in its phase. Called between turns (while the loop is
  /// being set up), it runs at the end of the first one.
  public func `defer`(to phase: Phase, _ work: @escaping () -> Void) {
    assertConfined()
    deferred[phase.rawValue].append(work)
  }

  /// Turns until ``stop()``.
  public func run() throws(SystemError) {
    running = true
    while running { try turn() }
  }

  /// Makes ``run()`` return at the end of the present turn.
  public func stop() {
    assertConfined()
    running = false
  }

  /// One turn, waiting no longer than `limit` for something to do.
  public func turn(waitingAtMost limit: Duration? = nil) throws(SystemError) {
    assertConfined()
    let count = try poller.wait(timeout: patience(limit))
    now = .now
    let start = now
    for index in 0..<count {
      let (registration, readiness) = poller.event(index)
      // A handler earlier in this turn may have ended this registration.
      watches[registration]?(readiness)
    }
    while let action = timers.popDue(at: now) { action() }
    runDeferred()
    turnEnded?(.now - start)
  }

  /// How long the coming turn may wait: not at all when work is deferred, else until the first timer.
  private func patience(_ limit: Duration?) -> Duration? {
    guard deferred.allSatisfy(\.isEmpty) else { return .zero }
    guard let deadline = timers.nextDeadline else { return limit }
    let untilDeadline = deadline - .now
    return limit.map { min($0, untilDeadline) } ?? untilDeadline
  }

  private func runDeferred() {
    while let phase = deferred.firstIndex(where: { !$0.isEmpty }) {
      let work = deferred[phase]
      deferred[phase].removeAll(keepingCapacity: true)
      for action in work { action() }
    }
  }

  private func assertConfined() {
    assert(pthread_equal(thread, pthread_self()) != 0, "a Loop belongs to the thread that made it")
  }
}

@available(*, unavailable, message: "a Loop belongs to one thread; send to its Inbox instead")
extension Loop: Sendable {}
