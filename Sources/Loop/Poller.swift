import CLinux
import Glibc

/// epoll, and which registration each event belongs to.
///
/// A descriptor's number is used again at once after a close, so an event that the kernel had
/// already handed out could reach the new owner. Each registration therefore has an id of its own,
/// which travels in the epoll data beside the number; an event whose id is no longer current is
/// dropped.
///
/// It waits by the nanosecond, which needs Linux 5.11.
///
/// Source: `epoll(7)`, `epoll_pwait2(2)`.
struct Poller: ~Copyable {
  /// The name of one registration: the descriptor's number, and how many came before it.
  struct Registration: Hashable {
    let descriptor: Int32
    let id: UInt32

    var data: UInt64 { UInt64(id) << 32 | UInt64(UInt32(bitPattern: descriptor)) }
  }

  private let epoll: Descriptor
  private var lastID: UInt32 = 0
  private var events: [epoll_event]

  init(capacity: Int = 256) throws(SystemError) {
    epoll = Descriptor(owning: try SystemError.check("epoll_create1") { epoll_create1(O_CLOEXEC) })
    events = Array(repeating: epoll_event(), count: capacity)
  }

  mutating func add(_ descriptor: Int32, _ interest: Interest) throws(SystemError) -> Registration {
    lastID &+= 1
    let registration = Registration(descriptor: descriptor, id: lastID)
    try control(EPOLL_CTL_ADD, registration, interest)
    return registration
  }

  func modify(_ registration: Registration, _ interest: Interest) throws(SystemError) {
    try control(EPOLL_CTL_MOD, registration, interest)
  }

  func remove(_ registration: Registration) {
    // The owner may have closed the descriptor already, which removes it as well.
    try? control(EPOLL_CTL_DEL, registration, [])
  }

  private func control(
    _ operation: Int32, _ registration: Registration, _ interest: Interest
  ) throws(SystemError) {
    var event = epoll_event(
      events: interest.rawValue, data: epoll_data_t(u64: registration.data))
    try SystemError.check("epoll_ctl") {
      epoll_ctl(epoll.raw, operation, registration.descriptor, &event)
    }
  }

  /// Waits until something is ready or `timeout` has passed (nil: for ever) and says how many events
  /// there are; ``event(_:)`` reads them, until the next wait. A signal ends the wait early, with
  /// nothing ready.
  mutating func wait(timeout: Duration?) throws(SystemError) -> Int {
    let capacity = Int32(events.count)
    let count: Int32
    if let nanoseconds = timeout.map({ max(0, $0.nanoseconds) }) {
      var limit = timespec(
        tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
      count = epoll_pwait2(epoll.raw, &events, capacity, &limit, nil)
    } else {
      count = epoll_pwait2(epoll.raw, &events, capacity, nil, nil)
    }
    if count >= 0 { return Int(count) }
    if errno == EINTR { return 0 }
    throw SystemError(call: "epoll_pwait2", code: errno)
  }

  /// One of the events that the last wait brought.
  func event(_ index: Int) -> (Registration, Readiness) {
    let event = events[index]
    let registration = Registration(
      descriptor: Int32(bitPattern: UInt32(truncatingIfNeeded: event.data.u64)),
      id: UInt32(truncatingIfNeeded: event.data.u64 >> 32))
    return (registration, Readiness(events: event.events))
  }
}
