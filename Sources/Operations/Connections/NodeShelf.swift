import Loop

/// What belongs to nodes that a client no longer deals with, for as long as they may come back: a node
/// that fails over, or whose address changes twice, goes on counting where it stopped.
struct NodeShelf<Value> {
  /// How long a node may be gone.
  static var patience: Duration { .seconds(300) }

  private var gone: [(node: String, value: Value, since: Instant)] = []

  /// A shelf with nothing on it.
  init() {}

  /// The client no longer deals with `node`.
  mutating func put(_ value: Value, of node: String, at now: Instant) {
    gone.append((node, value, now))
  }

  /// The client deals with `node` again: returns what belongs to it, if that is still there.
  mutating func take(_ node: String) -> Value? {
    gone.firstIndex { $0.node == node }.map { gone.remove(at: $0).value }
  }

  /// Takes what belongs to the node that is gone for longest.
  mutating func takeOldest() -> Value? {
    gone.isEmpty ? nil : gone.removeFirst().value
  }

  /// Takes what belongs to nodes that are gone for too long.
  mutating func takeOver(at now: Instant) -> [Value] {
    let count = gone.prefix { $0.since + Self.patience <= now }.count
    defer { gone.removeFirst(count) }
    return gone.prefix(count).map(\.value)
  }
}
