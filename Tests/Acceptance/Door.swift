import TestSupport

/// An usher, and whatever keeps its lines.
protocol Door {
  var usher: UsherProcess { get }
  var store: any RedisStore { get }
}

extension Door {
  /// Another way in, for one thread.
  func gateway() -> Gateway { Gateway(usher, redis: store) }

  /// Who waits at an event, the first in line first.
  func line(at event: String) throws -> [String] {
    try store.send("ZRANGE", "queue:event:{\(event)}", "0", "-1").texts
  }

  /// Redis time, in microseconds since 1970.
  func time() throws -> Int64 {
    let parts = try store.send("TIME").texts.compactMap { Int64($0) }
    guard parts.count == 2 else { throw TestFailure("TIME: \(parts)") }
    return parts[0] * 1_000_000 + parts[1]
  }
}
