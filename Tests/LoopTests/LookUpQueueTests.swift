import Testing

@testable import Loop

@Suite("LookUpQueue")
struct LookUpQueueTests {
  @Test("so many threads are started, and so many names wait; the next is refused")
  func limits() {
    var queue = LookUpQueue<Int>(threads: 2, names: 3)
    #expect(queue.ask("a", by: 1) == .startThread)
    #expect(queue.next() == "a")
    #expect(queue.ask("b", by: 2) == .startThread)
    #expect(queue.next() == "b")
    for name in ["c", "d", "e"] { #expect(queue.ask(name, by: 3) == .nothing) }
    #expect(queue.ask("f", by: 4) == .refuse)
    // One that is known waits with the others.
    #expect(queue.ask("e", by: 5) == .nothing)
    #expect(queue.answered("a") == [1])
    #expect(queue.next() == "c")
    #expect(queue.ask("f", by: 4) == .nothing)
  }

  @Test("all who ask for a name while it is looked up get its answer, and who comes later another")
  func together() {
    var queue = LookUpQueue<Int>(threads: 2, names: 3)
    #expect(queue.ask("a", by: 1) == .startThread)
    #expect(queue.ask("a", by: 2) == .nothing)
    #expect(queue.next() == "a")
    #expect(queue.ask("a", by: 3) == .nothing)
    #expect(queue.answered("a") == [1, 2, 3])
    #expect(queue.next() == nil)
    #expect(queue.ask("a", by: 4) == .startThread)
  }

  @Test("a name that nobody waits for any more is not begun, and one under way may be joined")
  func withdrawn() {
    var queue = LookUpQueue<Int>(threads: 1, names: 3)
    #expect(queue.ask("a", by: 1) == .startThread)
    #expect(queue.next() == "a")
    #expect(queue.ask("b", by: 2) == .nothing)
    #expect(queue.ask("c", by: 3) == .nothing)
    queue.withdraw(1, from: "a")
    queue.withdraw(2, from: "b")
    #expect(queue.ask("a", by: 4) == .nothing)
    #expect(queue.answered("a") == [4])
    #expect(queue.next() == "c")
    queue.withdraw(9, from: "nobody asked for this")
  }

  @Test("without any thread those who wait are told; with another they wait for it")
  func noThread() {
    var queue = LookUpQueue<Int>(threads: 2, names: 3)
    #expect(queue.ask("a", by: 1) == .startThread)
    #expect(queue.ask("b", by: 2) == .startThread)
    #expect(queue.threadFailed() == [])
    #expect(queue.threadFailed() == [1, 2])
    #expect(queue.ask("a", by: 3) == .startThread)
    #expect(queue.next() == "a")
  }
}
