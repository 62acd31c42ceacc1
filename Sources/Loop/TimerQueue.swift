/// Deadlines in order, each with what to do then: a binary heap in which a timer knows its place,
/// so that cancelling one costs O(log n) and leaves nothing behind.
///
/// Two timers with the same deadline come out in the order in which they were set.
struct TimerQueue<Payload> {
  /// The name of one timer; it is never used again.
  struct ID: Hashable {
    fileprivate let serial: UInt64
  }

  private struct Entry {
    let deadline: Instant
    let id: ID
    let payload: Payload

    func isBefore(_ other: Entry) -> Bool {
      (deadline, id.serial) < (other.deadline, other.id.serial)
    }
  }

  private var heap: [Entry] = []
  private var places: [ID: Int] = [:]
  private var lastSerial: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }

  /// The timer that was set last, whether or not it is still there.
  var newest: ID { ID(serial: lastSerial) }

  /// When the first timer is due, or nil without timers.
  var nextDeadline: Instant? { heap.first?.deadline }

  mutating func insert(at deadline: Instant, _ payload: Payload) -> ID {
    lastSerial += 1
    let id = ID(serial: lastSerial)
    heap.append(Entry(deadline: deadline, id: id, payload: payload))
    places[id] = heap.count - 1
    siftUp(from: heap.count - 1)
    return id
  }

  /// Takes a timer out; false if it fired or was cancelled before.
  @discardableResult
  mutating func remove(_ id: ID) -> Bool {
    guard let place = places[id] else { return false }
    removeEntry(at: place)
    return true
  }

  /// Takes out the first timer, if its deadline has been reached at `now` and it was set no later
  /// than `newest`.
  mutating func popDue(at now: Instant, setUpTo newest: ID) -> Payload? {
    guard let first = heap.first, first.deadline <= now, first.id.serial <= newest.serial
    else { return nil }
    removeEntry(at: 0)
    return first.payload
  }

  private mutating func removeEntry(at place: Int) {
    swapEntries(place, heap.count - 1)
    let removed = heap.removeLast()
    places[removed.id] = nil
    if place < heap.count {
      siftUp(from: place)
      siftDown(from: place)
    }
  }

  private mutating func siftUp(from start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].isBefore(heap[parent]) else { return }
      swapEntries(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(from start: Int) {
    var parent = start
    while true {
      let left = 2 * parent + 1
      guard left < heap.count else { return }
      let right = left + 1
      let child = right < heap.count && heap[right].isBefore(heap[left]) ? right : left
      guard heap[child].isBefore(heap[parent]) else { return }
      swapEntries(child, parent)
      parent = child
    }
  }

  private mutating func swapEntries(_ first: Int, _ second: Int) {
    guard first != second else { return }
    heap.swapAt(first, second)
    places[heap[first].id] = first
    places[heap[second].id] = second
  }
}
