import Loop

/// Which courses this relay delivers, of those that all relays share: decides what to ask for, by what the
/// leases in Redis say. Each relay wants its equal share; what stays free for as long as a lease lasts, whoever
/// sees it takes.
struct Share {
  /// What an answer changes.
  enum Change: Equatable {
    case none, taken, lost
  }

  /// How long a lease lasts, from the moment it was asked for.
  let ttl: Duration
  /// How many relays there are, this one among them.
  var relays = 1

  private struct Lease {
    /// Until when it is this relay's.
    var heldUntil: Instant?
    var freeSince: Instant?
  }

  private var leases: [Course: Lease] = [:]

  init(ttl: Duration) {
    self.ttl = ttl
  }

  /// The courses that are held.
  var held: [Course] { leases.filter { $0.value.heldUntil != nil }.map(\.key) }
  /// Every course that is known.
  var courses: [Course] { Array(leases.keys) }

  private var target: Int { (leases.count + max(1, relays) - 1) / max(1, relays) }

  /// These are all courses that there are; returns those that were held and are gone.
  mutating func adopt(_ courses: [Course]) -> [Course] {
    let known = Set(courses)
    let gone = held.filter { !known.contains($0) }
    leases = leases.filter { known.contains($0.key) }
    for course in courses where leases[course] == nil { leases[course] = Lease() }
    return gone
  }

  /// What to ask for now.
  func wish(for course: Course, at now: Instant) -> LeaseScript.Wish {
    guard let lease = leases[course] else { return .look }
    let held = held.count
    if lease.heldUntil != nil { return held > target ? .release : .hold }
    if held < target { return .hold }
    if let since = lease.freeSince, now - since > ttl { return .hold }
    return .look
  }

  /// A lease was asked for at `asked`, and this came back.
  mutating func answered(
    _ course: Course, _ reply: LeaseScript.Reply, askedAt asked: Instant
  ) -> Change {
    guard var lease = leases[course] else { return .none }
    let wasHeld = lease.heldUntil != nil
    switch reply {
    case .mine:
      lease.heldUntil = asked + ttl
      lease.freeSince = nil
    case .others: lease = Lease()
    case .free: lease = Lease(freeSince: lease.freeSince ?? asked)
    }
    leases[course] = lease
    return wasHeld == (lease.heldUntil != nil) ? .none : wasHeld ? .lost : .taken
  }

  /// The sink says that another relay has claimed the course.
  mutating func fenced(_ course: Course) {
    leases[course]?.heldUntil = nil
  }

  /// The courses whose lease has run out, because Redis did not prolong it.
  mutating func expire(at now: Instant) -> [Course] {
    let over = leases.filter { $0.value.heldUntil.map { $0 <= now } ?? false }.map(\.key)
    for course in over { leases[course]?.heldUntil = nil }
    return over
  }
}
