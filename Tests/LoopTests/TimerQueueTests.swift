import Testing

@testable import Loop

@Suite("TimerQueue")
struct TimerQueueTests {
  @Test("an empty queue has no deadline and nothing due")
  func empty() {
    var queue = TimerQueue<Int>()
    #expect(queue.isEmpty)
    #expect(queue.nextDeadline == nil)
    #expect(queue.popDue(at: Instant(nanoseconds: .max)) == nil)
  }

  @Test("timers come out by deadline, whatever the order in which they were set")
  func order() {
    var queue = TimerQueue<Int64>()
    for nanoseconds: Int64 in [5, 1, 4, 2, 3, 9, 0, 8, 6, 7] {
      _ = queue.insert(at: Instant(nanoseconds: nanoseconds), nanoseconds)
    }
    #expect(queue.nextDeadline == Instant(nanoseconds: 0))
    #expect(queue.drain(at: 9) == Array(0...9))
    #expect(queue.isEmpty)
  }

  @Test("equal deadlines keep the order in which they were set")
  func equalDeadlines() {
    var queue = TimerQueue<Int>()
    for index in 0..<100 { _ = queue.insert(at: Instant(nanoseconds: 7), index) }
    #expect(queue.drain(at: 7) == Array(0..<100))
  }

  @Test("a timer is due at its deadline and not one nanosecond before")
  func dueExactly() {
    var queue = TimerQueue<String>()
    _ = queue.insert(at: Instant(nanoseconds: 10), "ten")
    #expect(queue.popDue(at: Instant(nanoseconds: 9)) == nil)
    #expect(queue.popDue(at: Instant(nanoseconds: 10)) == "ten")
    #expect(queue.popDue(at: Instant(nanoseconds: 10)) == nil)
  }

  @Test("a timer that was set after the newest asked for stays, and so do those behind it")
  func newest() {
    var queue = TimerQueue<String>()
    let now = Instant(nanoseconds: 10)
    _ = queue.insert(at: Instant(nanoseconds: 1), "first")
    _ = queue.insert(at: Instant(nanoseconds: 3), "second")
    let newest = queue.newest
    _ = queue.insert(at: Instant(nanoseconds: 2), "newcomer")
    #expect(queue.popDue(at: now, setUpTo: newest) == "first")
    #expect(queue.popDue(at: now, setUpTo: newest) == nil)
    #expect(queue.drain(at: 10) == ["newcomer", "second"])
  }

  @Test("a removed timer never comes out, and the others still do in order")
  func removal() {
    var queue = TimerQueue<Int>()
    let ids = (0..<20).map { queue.insert(at: Instant(nanoseconds: Int64($0)), $0) }
    for id in [ids[0], ids[19], ids[7], ids[8], ids[1]] { #expect(queue.remove(id) == true) }
    #expect(queue.nextDeadline == Instant(nanoseconds: 2))
    #expect(queue.drain(at: 100) == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18])
  }

  @Test("removing twice, or after it came out, says that nothing was there")
  func removalIsOnce() {
    var queue = TimerQueue<Int>()
    let removed = queue.insert(at: Instant(nanoseconds: 1), 1)
    #expect(queue.remove(removed) == true)
    #expect(queue.remove(removed) == false)

    let fired = queue.insert(at: Instant(nanoseconds: 1), 2)
    #expect(queue.popDue(at: Instant(nanoseconds: 1)) == 2)
    let next = queue.insert(at: Instant(nanoseconds: 1), 3)
    #expect(queue.remove(fired) == false)
    #expect(fired != next)
    #expect(queue.drain(at: 1) == [3])
  }

  @Test("any sequence of operations agrees with a sorted list", arguments: 1...20)
  func agreesWithModel(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var queue = TimerQueue<Int>()
    var model: [(deadline: Int64, serial: Int, id: TimerQueue<Int>.ID)] = []
    var gone: [TimerQueue<Int>.ID] = []
    for serial in 0..<2_000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        let deadline = Int64.random(in: 0..<50, using: &random)
        let id = queue.insert(at: Instant(nanoseconds: deadline), serial)
        let place = model.firstIndex { $0.deadline > deadline } ?? model.endIndex
        model.insert((deadline, serial, id), at: place)
      case 5..<8 where !model.isEmpty:
        let victim = model.remove(at: Int.random(in: 0..<model.count, using: &random))
        #expect(queue.remove(victim.id) == true)
        gone.append(victim.id)
      case 8:
        if let ghost = gone.randomElement(using: &random) { #expect(queue.remove(ghost) == false) }
      default:
        let now = Int64.random(in: 0..<50, using: &random)
        let expected = model.first.flatMap { $0.deadline <= now ? $0 : nil }
        #expect(queue.popDue(at: Instant(nanoseconds: now)) == expected?.serial)
        if let expected {
          model.removeFirst()
          gone.append(expected.id)
        }
      }
      #expect(queue.nextDeadline?.nanoseconds == model.first?.deadline)
      #expect(queue.isEmpty == model.isEmpty)
    }
    #expect(queue.drain(at: 50) == model.map(\.serial))
  }
}

extension TimerQueue {
  /// Everything that is due at `nanoseconds`, in the order in which it comes out.
  fileprivate mutating func drain(at nanoseconds: Int64) -> [Payload] {
    var payloads: [Payload] = []
    while let payload = popDue(at: Instant(nanoseconds: nanoseconds)) { payloads.append(payload) }
    return payloads
  }

  fileprivate mutating func popDue(at now: Instant) -> Payload? {
    popDue(at: now, setUpTo: newest)
  }
}
