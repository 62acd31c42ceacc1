import Locking

/// A span of time that one thread measures and another judges by.
final class TimeWindow: Sendable {
  private let ends = Lock((from: Double.infinity, to: Double.infinity))

  func begin(_ time: Double) { ends.withLock { $0.from = time } }

  func end(_ time: Double) { ends.withLock { $0.to = time } }

  var from: Double { ends.withLock { $0.from } }

  var to: Double { ends.withLock { $0.to } }
}
