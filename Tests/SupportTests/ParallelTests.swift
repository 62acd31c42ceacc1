import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("parallel")
struct ParallelTests {
  @Test("each body runs on a thread of its own, and its result is at its number's place")
  func resultsInOrder() throws {
    let threads = try parallel(8) { number in (number, UInt(pthread_self())) }
    #expect(threads.map(\.0) == Array(0..<8))
    #expect(Set(threads.map(\.1)).count == 8)
  }

  @Test("all bodies are under way at once")
  func together() throws {
    let arrived = Arrivals()
    // Would never come true if one of them had to end before another began.
    _ = try parallel(8) { _ in
      arrived.count.add(1, ordering: .relaxed)
      try eventually("all 8 arrived") { arrived.count.load(ordering: .relaxed) == 8 }
    }
  }

  @Test("an error of one body is thrown when all have ended")
  func error() throws {
    let arrived = Arrivals()
    #expect(throws: TestFailure.self) {
      try parallel(4) { number in
        if number == 1 { throw TestFailure("one") }
        arrived.count.add(1, ordering: .relaxed)
      }
    }
    #expect(arrived.count.load(ordering: .relaxed) == 3)
  }
}

private final class Arrivals: Sendable {
  let count = Atomic(0)
}
