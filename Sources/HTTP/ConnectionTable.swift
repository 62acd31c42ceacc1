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
    var phase: Phase
    var deadline: Instant
    /// What the client is being sent.
    var answer: PreparedResponse?
  }

  private static let never = Instant(nanoseconds: .max)
  /// Between two checks, so that ten thousand deadlines a second are not ten thousand checks.
  private static let pause = Duration.milliseconds(100)

  private var limits: Limits
  private var entries: [Entry?] = []
  private var freeSlots: [Slot] = []

  /// How many connections are open.
  private(set) var count = 0
  /// How many of them are in ``Phase/exchange`` or ``Phase/suspended``.
  private(set) var exchanges = 0
  /// How many of them are in ``Phase/exchange``.
  private(set) var resting = 0

  init(limits: Limits) {
    self.limits = limits
  }

  mutating func open(_ connection: Connection, at now: Instant) -> Slot {
    let entry = Entry(connection: connection, phase: .fresh, deadline: now + limits.header)
    count += 1
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
  }

  mutating func enter(_ phase: Phase, _ slot: Slot, at now: Instant) {
    guard let old = entries[slot.index]?.phase else { return }
    count(old, -1)
    count(phase, 1)
    entries[slot.index]?.phase = phase
    if old == .fresh, phase == .header { return }
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
      entries[index]?.deadline = Self.never
      found.append(entry.connection)
    }
    return found
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
