import Dispatch
import Foundation
import Locking

/// Runs `body` on `count` real threads at once, each with its number from 0, and gives back what
/// they returned in that order, when all have ended. No thread begins before all of them exist.
///
/// Throws the first error in that order, also only when all have ended.
package func parallel<Value: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) throws -> Value
) throws -> [Value] {
  let run = ParallelRun<Value>(count: count)
  for number in 0..<count {
    Thread { run.run(number, body) }.start()
  }
  return try run.results().map { try $0.get() }
}

/// The threads of one ``parallel(_:_:)``, from their start to the end of the last.
private final class ParallelRun<Value: Sendable>: Sendable {
  private let count: Int
  private let ready = DispatchGroup()
  private let go = DispatchSemaphore(value: 0)
  private let finished = DispatchGroup()
  private let outcomes: Lock<[Int: Result<Value, any Error>]>

  init(count: Int) {
    self.count = count
    outcomes = Lock([:])
    for _ in 0..<count {
      ready.enter()
      finished.enter()
    }
  }

  func run(_ number: Int, _ body: (Int) throws -> Value) {
    ready.leave()
    go.wait()
    let outcome = Result { try body(number) }
    outcomes.withLock { $0[number] = outcome }
    finished.leave()
  }

  func results() -> [Result<Value, any Error>] {
    ready.wait()
    for _ in 0..<count { go.signal() }
    finished.wait()
    return outcomes.withLock { outcomes in (0..<count).compactMap { outcomes[$0] } }
  }
}
