import Loop

/// The open connections: what each is doing, and until when it may do that.
///
/// libmicrohttpd's own time limit starts anew with each byte, so one byte now and then keeps a
/// connection for ever. Here a limit is a limit for the whole of something. Setting one is a store
/// in an array, and none has a timer of its own: the server checks the table when
/// ``nextCheck(after:)`` says, and closes what is ``overdue(at:)``.
struct ConnectionTable {
  /// How long a connection may stay in a phase.
  struct Limits {
    var header: Duration
    var body: Duration
    var answer: Duration
    var idle: Duration
  }

  /// What a connection is doing.
  enum Phase: CaseIterable {
    /// Accepted; not one whole request line has arrived.
    case fresh
    /// The header block is arriving. The time since ``fresh`` counts, so that opening and waiting
    /// gives no second helping.
    case header
    /// The body is arriving.
    case body
    /// The handler has the request. How long it may take is the application's business.
    case exchange
    /// The same, and libmicrohttpd has been told to keep away.
    case suspended
    /// The answer is going out.
    case answer
    /// Kept alive between two requests, or in the middle of the next request line: libmicrohttpd
    /// does not say where that begins.
    case idle

    /// Whether the handler owes an answer.
    var isExchange: Bool {
      switch self {
      case .exchange, .suspended: true
      case .fresh, .header, .body, .answer, .idle: false
      }
    }

    /// Whether libmicrohttpd asks for the answer in each run.
    var isResting: Bool {
      switch self {
      case .exchange: true
      case .fresh, .header, .body, .suspended, .answer, .idle: false
      }
    }

    /// Whether libmicrohttpd waits for bytes from the client.
    var isReading: Bool {
      switch self {
      case .fresh, .header, .body, .idle: true
      case .exchange, .suspended, .answer: false
      }
    }

    /// Whether it waits for a request, of which not one whole line has arrived.
    var awaitsRequest: Bool {
      switch self {
      case .fresh, .idle: true
      case .header, .body, .exchange, .suspended, .answer: false
      }
    }
  }

  /// The name of an open connection; another gets it after the close.
  struct Slot: Hashable {
    let index: Int
  }

  private struct Entry {
    let connection: Connection
    let client: ClientAddress
    /// How many connections were opened before it.
    let number: UInt64
    var phase = Phase.fresh
    var deadline: Instant
    /// Whether it has ever brought a whole header block.
    var hasAsked = false
    /// Whether the client has closed its sending side.
    var isEnded = false
    /// Whether the server has begun to close it.
    var isClosing = false
    /// What the client is being sent.
    var answer: PreparedResponse?
  }

  private static let never = Instant(nanoseconds: .max)
  /// Between two checks, so that ten thousand deadlines a second are not ten thousand checks.
  private static let pause = Duration.milliseconds(100)

  private var limits: Limits
  private var entries: [Entry?] = []
  private var freeSlots: [Slot] = []
  private var opened: UInt64 = 0
  /// Those whose clients have ended and of which libmicrohttpd waits for more.
  private var ended: [Slot] = []
  /// Whom to close next for want of room, the last one first.
  private var evictions: [Eviction.Candidate] = []

  /// How many connections are open.
  private(set) var count = 0
  /// How many of them the server has not begun to close.
  private(set) var staying = 0
  /// How many of them are in ``Phase/exchange`` or ``Phase/suspended``.
  private(set) var exchanges = 0
  /// How many of them are in ``Phase/exchange``.
  private(set) var resting = 0

  init(limits: Limits) {
    self.limits = limits
  }

  mutating func open(
    _ connection: Connection, from client: ClientAddress = .unknown, at now: Instant
  ) -> Slot {
    let entry = Entry(
      connection: connection, client: client, number: opened, deadline: now + limits.header)
    opened += 1
    count += 1
    staying += 1
    guard let slot = freeSlots.popLast() else {
      entries.append(entry)
      return Slot(index: entries.count - 1)
    }
    entries[slot.index] = entry
    return slot
  }

  mutating func close(_ slot: Slot) {
    guard let entry = entries[slot.index] else { return }
    count(entry.phase, -1)
    entries[slot.index] = nil
    freeSlots.append(slot)
    count -= 1
    if !entry.isClosing { staying -= 1 }
  }

  mutating func enter(_ phase: Phase, _ slot: Slot, at now: Instant) {
    guard let old = entries[slot.index]?.phase else { return }
    count(old, -1)
    count(phase, 1)
    entries[slot.index]?.phase = phase
    if old == .fresh, phase == .header { return }
    if old == .header { entries[slot.index]?.hasAsked = true }
    if phase.isReading, entries[slot.index]?.isEnded == true { ended.append(slot) }
    let deadline = limit(of: phase).map { now + $0 } ?? Self.never
    entries[slot.index]?.deadline = deadline
  }

  /// Keeps what the client is being sent.
  mutating func keepAnswer(_ answer: PreparedResponse, _ slot: Slot) {
    entries[slot.index]?.answer = answer
  }

  /// Gives back what the client was sent.
  mutating func takeAnswer(_ slot: Slot) -> PreparedResponse? {
    entries[slot.index]?.answer.take()
  }

  /// From now on no connection may idle: one that waits for a request is overdue.
  mutating func endIdling(at now: Instant) {
    limits.idle = .zero
    for index in entries.indices {
      if entries[index]?.phase.awaitsRequest == true { entries[index]?.deadline = now }
    }
  }

  /// The connections whose time is up. Each is named once; those that wait for a request are spared, and
  /// named the next time, if `isSpared` says so.
  mutating func overdue(
    at now: Instant, sparing isSpared: (Connection) -> Bool = { _ in false }
  ) -> [Connection] {
    var found: [Connection] = []
    for index in entries.indices {
      guard let entry = entries[index], entry.deadline <= now else { continue }
      if entry.phase.awaitsRequest, isSpared(entry.connection) { continue }
      beginToClose(Slot(index: index))
      found.append(entry.connection)
    }
    return found
  }

  private mutating func beginToClose(_ slot: Slot) {
    guard entries[slot.index]?.isClosing == false else { return }
    entries[slot.index]?.deadline = Self.never
    entries[slot.index]?.isClosing = true
    staying -= 1
  }

  // MARK: - Clients that end, and room

  /// The client has closed its sending side.
  mutating func clientEnded(_ slot: Slot) {
    guard let entry = entries[slot.index], !entry.isEnded else { return }
    entries[slot.index]?.isEnded = true
    if entry.phase.isReading { ended.append(slot) }
  }

  /// Those of which libmicrohttpd waits for more, in vain once it has read what there is. They are named
  /// until they are closed or have brought a whole request.
  mutating func waitingInVain() -> [Connection] {
    if ended.isEmpty { return [] }
    ended.removeAll { slot in
      guard let entry = entries[slot.index] else { return true }
      return !entry.isEnded || !entry.phase.isReading
    }
    return ended.compactMap { entries[$0.index]?.connection }
  }

  /// The connection to close if more than `limit` are to stay; nil if they are not, or if none can be
  /// closed. Named once. `isSpared` is asked about those that have been answered and wait for another
  /// request.
  mutating func evict(
    above limit: Int, sparing isSpared: (Connection) -> Bool = { _ in false }
  ) -> Connection? {
    guard staying > limit else { return nil }
    for isPlanned in [true, false] {
      // A plan lasts for many, so that each costs little however many are open.
      if !isPlanned {
        let candidates = entries.indices.compactMap { candidate(at: $0) }
        evictions = Eviction.order(candidates).prefix(max(16, limit / 4)).reversed()
      }
      while let next = evictions.popLast() {
        guard candidate(at: next.slot.index) == next, let entry = entries[next.slot.index]
        else { continue }
        if entry.phase == .idle, isSpared(entry.connection) { continue }
        beginToClose(next.slot)
        return entry.connection
      }
    }
    return nil
  }

  private func candidate(at index: Int) -> Eviction.Candidate? {
    guard let entry = entries[index], !entry.isClosing, !entry.phase.isExchange else { return nil }
    return Eviction.Candidate(
      slot: Slot(index: index), number: entry.number, client: entry.client,
      hasAsked: entry.hasAsked)
  }

  /// When to check for overdue connections again; nil while none is open.
  ///
  /// No limit set meanwhile ends earlier than this, except for those of an ``endIdling(at:)``.
  func nextCheck(after now: Instant) -> Instant? {
    guard count > 0 else { return nil }
    let earliest = entries.reduce(Self.never) { min($0, $1?.deadline ?? Self.never) }
    let shortest = Phase.allCases.compactMap(limit(of:)).filter { $0 > .zero }.min() ?? Self.pause
    return max(now + Self.pause, min(earliest, now + shortest))
  }

  /// Those that are in ``Phase/suspended``.
  var suspended: [Connection] {
    entries.compactMap { $0?.phase == .suspended ? $0?.connection : nil }
  }

  private mutating func count(_ phase: Phase, _ change: Int) {
    if phase.isExchange { exchanges += change }
    if phase.isResting { resting += change }
  }

  private func limit(of phase: Phase) -> Duration? {
    switch phase {
    case .fresh, .header: limits.header
    case .body: limits.body
    case .exchange, .suspended: nil
    case .answer: limits.answer
    case .idle: limits.idle
    }
  }
}
