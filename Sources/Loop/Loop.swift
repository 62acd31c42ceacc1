import Glibc

/// One thread's event loop: descriptors, timers, and work that waits for the end of the turn.
///
/// A *turn* waits until something is ready, handles all of it, fires the timers that are due, and
/// then runs what was deferred, phase by phase, until nothing is left. That is how all requests of
/// a turn share one write: handlers only append to buffers, and the buffers are flushed once.
///
/// Everything here belongs to the thread that created it; other threads knock on an ``Inbox``. The
/// loop keeps what its handlers capture for as long as it keeps them.
package final class Loop {
  /// The order in which deferred work runs. A later phase waits until the earlier ones are empty,
  /// also when they fill up again on the way.
  package enum Phase: Int, CaseIterable, Sendable {
    /// Answers go out to clients, which may bring in their next requests.
    case answer
    /// What was collected during the turn becomes commands.
    case gather
    /// Commands are written, once a connection.
    case flush
  }

  /// A timer that was set; see ``cancel(_:)``.
  package struct TimerID: Hashable {
    fileprivate let id: TimerQueue<() -> Void>.ID
  }

  /// A descriptor that is being watched; see ``unwatch(_:)``.
  package struct WatchID: Hashable {
    fileprivate let registration: Poller.Registration
  }

  private struct Watch {
    let registration: Poller.Registration
    let handler: (Readiness) -> Void
  }

  /// The time at which the present turn began, or the last one if there is none now. The wait comes
  /// before the beginning.
  package private(set) var now: Instant

  /// ``now`` on a clock that stands still while a turn takes long, because what becomes ready meanwhile
  /// waits for this loop. Measure by it how long a peer takes.
  package var nowWithoutLag: Instant { now - lag }

  /// How long this loop has had nothing to do, up to the beginning of the present turn.
  package private(set) var idleTime = Duration.zero

  /// Called at the end of each turn with the time that its work took: for up to that long, what became
  /// ready meanwhile had to wait.
  package var turnEnded: ((Duration) -> Void)?

  /// The length of all turns that took long.
  private var lag = Duration.zero
  private var lastTurnEnd: Instant
  private var poller: Poller
  private var watches: [Int32: Watch] = [:]
  private var timers = TimerQueue<() -> Void>()
  private var deferred: [[() -> Void]]
  private var running = false
  private let thread = pthread_self()

  /// An empty loop, owned by the calling thread.
  package init() throws(SystemError) {
    poller = try Poller()
    deferred = Array(repeating: [], count: Phase.allCases.count)
    now = .now
    lastTurnEnd = now
  }

  /// Calls `handler` in each turn in which `descriptor` is ready, until ``unwatch(_:)``. The caller
  /// keeps owning the descriptor, and unwatches it before closing it.
  package func watch(
    _ descriptor: Int32, for interest: Interest, _ handler: @escaping (Readiness) -> Void
  ) throws(SystemError) -> WatchID {
    assertConfined()
    let registration = try poller.add(descriptor, interest)
    watches[descriptor] = Watch(registration: registration, handler: handler)
    return WatchID(registration: registration)
  }

  /// Changes what a watched descriptor is watched for; throws `ENOENT` if it no longer is.
  package func modify(_ watch: WatchID, for interest: Interest) throws(SystemError) {
    assertConfined()
    guard handler(of: watch.registration) != nil else {
      throw SystemError(call: "epoll_ctl", code: ENOENT)
    }
    try poller.modify(watch.registration, interest)
  }

  /// Stops watching; no event reaches the handler after this, not even one already fetched.
  package func unwatch(_ watch: WatchID) {
    assertConfined()
    // By now the number may be another watch's, which must not suffer.
    guard handler(of: watch.registration) != nil else { return }
    watches[watch.registration.descriptor] = nil
    poller.remove(watch.registration)
  }

  /// Calls `action` once, at `deadline` or as soon after it as the loop can; never before it.
  ///
  /// What is set while the turn's timers fire waits for the next turn, so a timer may set itself
  /// again for any moment and still let others have their turn.
  @discardableResult
  package func schedule(at deadline: Instant, _ action: @escaping () -> Void) -> TimerID {
    assertConfined()
    return TimerID(id: timers.insert(at: deadline, action))
  }

  /// Calls `action` once, when `delay` has passed since the clock's present time.
  @discardableResult
  package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerID {
    // `now` is the turn's start, and a timer must not fire early.
    schedule(at: .now + delay, action)
  }

  /// Cancels a timer; nothing happens if it has fired.
  package func cancel(_ timer: TimerID) {
    assertConfined()
    timers.remove(timer.id)
  }

  /// Runs `work` at the end of this turn, in its phase. Called between turns (while the loop is
  /// being set up), it runs at the end of the first one. A turn does not end before all work is
  /// done: what can refill a phase for ever must use a timer.
  package func `defer`(to phase: Phase, _ work: @escaping () -> Void) {
    assertConfined()
    deferred[phase.rawValue].append(work)
  }

  /// Turns until ``stop()``.
  package func run() throws(SystemError) {
    running = true
    while running { try turn() }
  }

  /// Makes ``run()`` return at the end of the present turn; a loop that does not run is not affected.
  package func stop() {
    assertConfined()
    running = false
  }

  /// One turn, waiting no longer than `limit` for something to do. Never to be called by what runs
  /// inside a turn.
  package func turn(waitingAtMost limit: Duration? = nil) throws(SystemError) {
    assertConfined()
    let count = try poller.wait(timeout: longestWait(limit))
    now = .now
    idleTime += now - lastTurnEnd
    for index in 0..<count {
      let (registration, readiness) = poller.event(index)
      // A handler earlier in this turn may have ended this registration.
      handler(of: registration)?(readiness)
    }
    let newest = timers.newest
    while let action = timers.popDue(at: now, setUpTo: newest) { action() }
    runDeferred(before: deferred.endIndex)
    lastTurnEnd = .now
    let length = lastTurnEnd - now
    if length > Self.promptTurn { lag += length }
    turnEnded?(length)
  }

  /// Turns that take longer count as lag.
  private static let promptTurn = Duration.milliseconds(10)

  /// How long the coming turn may wait: not at all when work is deferred, else until the first timer.
  private func longestWait(_ limit: Duration?) -> Duration? {
    guard deferred.allSatisfy(\.isEmpty) else { return .zero }
    guard let deadline = timers.nextDeadline else { return limit }
    let untilDeadline = deadline - .now
    return limit.map { min($0, untilDeadline) } ?? untilDeadline
  }

  /// Runs the phases before `end`, lowest first, until all of them are empty.
  private func runDeferred(before end: Int) {
    while let phase = deferred[..<end].firstIndex(where: { !$0.isEmpty }) {
      let work = deferred[phase]
      deferred[phase].removeAll(keepingCapacity: true)
      for action in work {
        action()
        // What it put into earlier phases comes before the rest of this one.
        runDeferred(before: phase)
      }
    }
  }

  /// What an event of this registration calls; nil once it has ended.
  private func handler(of registration: Poller.Registration) -> ((Readiness) -> Void)? {
    guard let watch = watches[registration.descriptor], watch.registration == registration
    else { return nil }
    return watch.handler
  }

  private func assertConfined() {
    assert(pthread_equal(thread, pthread_self()) != 0, "a Loop belongs to the thread that made it")
  }
}

@available(*, unavailable, message: "a Loop belongs to one thread; send to its Inbox instead")
extension Loop: Sendable {}
