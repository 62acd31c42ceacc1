import Loop

/// Every decision of a pool, apart from its connections: what happened goes in, with the time at
/// which it happened, and what to do comes out.
///
/// Connections have the numbers of the *slots* they are in. A command goes to the ready connection
/// that is fullest but has room, so that the commands of a turn share writes and spare connections
/// stay idle until they are closed. Without room it waits its turn, first come, first served, and
/// another connection is opened as long as those that are being opened could not take all that
/// wait.
///
/// After a failure there is a pause, and then one connection at a time is tried: see ``Reconnect``.
///
/// `Payload` is what waits: it is carried, never looked at.
struct PoolMachine<Payload> {
  /// A command that waits for room.
  struct Waiter {
    let payload: Payload
    let since: Instant
  }

  /// What to do after something other than an ordinary command or reply.
  struct Orders {
    /// Slots in which to open connections.
    var open: [Int] = []
    /// Slots whose connections to close, and why.
    var close: [(slot: Int, reason: CloseReason)] = []
    /// Commands that have waited and can be sent, in this order.
    var send: [(slot: Int, waiter: Waiter)] = []
    /// Commands that have waited in vain.
    var fail: [(waiter: Waiter, error: RedisError)] = []
  }

  /// What to do after a reply.
  enum FinishedAction {
    case nothing
    /// The next command takes the place.
    case send(Waiter)
    case close(CloseReason)
  }

  private struct Slot {
    enum State {
      case vacant
      case opening
      case ready
      case closing
    }

    var state = State.vacant
    /// How many commands are in flight.
    var load = 0
    var hasAnswered = false
    var idleSince = Instant(nanoseconds: 0)
  }

  private enum Mode {
    case open
    case draining
    case closed
  }

  private let settings: PoolSettings
  private var mode = Mode.open
  private var slots: [Slot] = []
  private var opening = 0
  private var ready = 0
  /// Ready connections with a command in flight.
  private var used = 0
  private var waiters = Ring<Waiter>()
  private var reconnect: Reconnect
  private var idleCheckAt: Instant?

  init(_ settings: PoolSettings) {
    precondition(settings.max > 0 && settings.pipelineDepth > 0, "a pool needs room for a command")
    self.settings = settings
    reconnect = Reconnect(settings.backoff)
  }

  /// How full the pool is.
  var occupancy: PoolOccupancy {
    PoolOccupancy(used: used, idle: ready - used, waiting: waiters.count)
  }

  /// Whether the pool was closed and the last connection is gone.
  var isOver: Bool { mode != .open && slots.allSatisfy { $0.state == .vacant } }

  // MARK: - Commands

  /// Where a command can be sent now; nil if it has to ``wait(_:at:)``.
  mutating func place() -> Int? {
    guard waiters.isEmpty, mode == .open else { return nil }
    var fullest: Int?
    var fullestLoad = -1
    for slot in slots.indices where slots[slot].state == .ready {
      let load = slots[slot].load
      if load < settings.pipelineDepth, load > fullestLoad {
        fullest = slot
        fullestLoad = load
      }
    }
    if let fullest { addLoad(to: fullest) }
    return fullest
  }

  /// A command found no room.
  mutating func wait(_ payload: Payload, at now: Instant) -> Orders {
    let waiter = Waiter(payload: payload, since: now)
    guard mode == .open else { return Orders(fail: [(waiter, Self.closedError)]) }
    waiters.append(waiter)
    return Orders(open: openWhatIsNeeded(at: now))
  }

  /// A command got its reply.
  mutating func finished(_ slot: Int, at now: Instant) -> FinishedAction {
    slots[slot].hasAnswered = true
    reconnect.served()
    if let next = waiters.popFirst() { return .send(next) }
    slots[slot].load -= 1
    guard slots[slot].load == 0 else { return .nothing }
    used -= 1
    slots[slot].idleSince = now
    guard mode == .draining else { return .nothing }
    leave(slot, as: .closing)
    return .close(.shutdown)
  }

  private mutating func addLoad(to slot: Int) {
    if slots[slot].load == 0 { used += 1 }
    slots[slot].load += 1
  }

  // MARK: - Connections

  /// The pool begins: opens what it keeps.
  mutating func start(at now: Instant) -> Orders {
    Orders(open: openWhatIsNeeded(at: now))
  }

  /// A connection is ready; the commands that waited longest go first.
  mutating func becameReady(_ slot: Int, at now: Instant) -> Orders {
    opening -= 1
    ready += 1
    slots[slot] = Slot(state: .ready, idleSince: now)
    reconnect.connected()
    var orders = Orders()
    while slots[slot].load < settings.pipelineDepth, let waiter = waiters.popFirst() {
      addLoad(to: slot)
      orders.send.append((slot, waiter))
    }
    if ready > settings.minIdle, idleCheckAt == nil { idleCheckAt = now + settings.idleTimeout }
    orders.open = openWhatIsNeeded(at: now)
    return orders
  }

  /// A connection ended, or could not be made.
  mutating func ended(_ slot: Int, _ cause: CloseCause, at now: Instant, jitter: Double) -> Orders {
    let old = slots[slot]
    leave(slot, as: .vacant)
    // A connection that the pool closed itself says nothing about Redis.
    if old.state == .closing || mode != .open { return Orders() }
    guard old.hasAnswered else {
      reconnect.failed(cause.sentence, at: now, jitter: jitter)
      return Orders()
    }
    reconnect.lost(cause.sentence)
    return Orders(open: openWhatIsNeeded(at: now))
  }

  /// A slot is no longer of use.
  private mutating func leave(_ slot: Int, as state: Slot.State) {
    switch slots[slot].state {
    case .vacant, .closing: break
    case .opening: opening -= 1
    case .ready:
      ready -= 1
      if slots[slot].load > 0 { used -= 1 }
    }
    slots[slot] = Slot(state: state)
  }

  private var needsAnother: Bool {
    let open = opening + ready
    return open < settings.max
      && (open < settings.minIdle || waiters.count > opening * settings.pipelineDepth)
  }

  private mutating func openWhatIsNeeded(at now: Instant) -> [Int] {
    if mode != .open || reconnect.pauses(at: now) { return [] }
    var opened: [Int] = []
    while needsAnother, opening == 0 || !reconnect.isCautious {
      let slot = slots.firstIndex { $0.state == .vacant } ?? slots.count
      if slot == slots.count { slots.append(Slot()) }
      slots[slot].state = .opening
      opening += 1
      opened.append(slot)
    }
    return opened
  }

  // MARK: - Time

  /// When to call ``deadlineReached(at:)``; it may turn out to be too early.
  var nextDeadline: Instant? {
    let wait = waiters.first.map { $0.since + settings.wait }
    let retry = mode == .open && needsAnother && opening == 0 ? reconnect.retryAt : nil
    return [wait, retry, idleCheckAt].compactMap { $0 }.min()
  }

  /// Time has passed.
  mutating func deadlineReached(at now: Instant) -> Orders {
    var orders = Orders()
    while let first = waiters.first, first.since + settings.wait <= now {
      _ = waiters.popFirst()
      orders.fail.append((first, ready > 0 ? .poolExhausted : unavailable))
    }
    if let idleCheckAt, idleCheckAt <= now { orders.close = closeSurplus(at: now) }
    orders.open = openWhatIsNeeded(at: now)
    return orders
  }

  /// There is reason to hope: the pause after failures ends.
  mutating func tryNow(at now: Instant) -> Orders {
    reconnect.endPause()
    return Orders(open: openWhatIsNeeded(at: now))
  }

  private var unavailable: RedisError {
    reconnect.lastFailure.map(RedisError.unavailable) ?? .stillConnecting
  }

  /// Closes what has been idle for long, down to what is kept, and sets the time of the next check.
  private mutating func closeSurplus(at now: Instant) -> [(slot: Int, reason: CloseReason)] {
    let idleSlots = slots.indices
      .filter { slots[$0].state == .ready && slots[$0].load == 0 }
      .sorted { slots[$0].idleSince < slots[$1].idleSince }
    let surplus = idleSlots.prefix(max(0, ready - settings.minIdle))
      .prefix { slots[$0].idleSince + settings.idleTimeout <= now }
    for slot in surplus { leave(slot, as: .closing) }
    let next = idleSlots.dropFirst(surplus.count).first.map { slots[$0].idleSince } ?? now
    idleCheckAt = ready > settings.minIdle ? next + settings.idleTimeout : nil
    return surplus.map { ($0, .idle) }
  }

  // MARK: - Closing

  /// The pool is closed: at once, or (`draining`) each connection when its last reply is there.
  mutating func close(draining: Bool) -> Orders {
    mode = draining ? .draining : .closed
    idleCheckAt = nil
    var orders = Orders()
    while let waiter = waiters.popFirst() { orders.fail.append((waiter, Self.closedError)) }
    for slot in slots.indices where slots[slot].state == .opening || slots[slot].state == .ready {
      if draining, slots[slot].load > 0 { continue }
      leave(slot, as: .closing)
      orders.close.append((slot, .shutdown))
    }
    return orders
  }

  private static var closedError: RedisError { .unavailable("the pool is closed") }
}
