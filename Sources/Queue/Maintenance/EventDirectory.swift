import Redis

/// The names of all events, from every registry that names some: those with settings, with a line, with
/// something to sell. Some may have ended.
///
/// Confined to its client's thread, completions included.
package struct EventDirectory {
  private let registries: [EventRegistry]

  /// The registries under these keys, behind `redis`; each names 65,535 at most.
  package init(_ keys: [Key], redis: any RedisClient) {
    registries = keys.map { EventRegistry($0, redis: redis) }
  }

  /// All names, sorted.
  package func names(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    read(registries[...], [], completion)
  }

  private func read(
    _ rest: ArraySlice<EventRegistry>, _ found: Set<EventID>,
    _ completion: @escaping (Result<[EventID], RedisError>) -> Void
  ) {
    guard let first = rest.first else {
      return completion(.success(found.sorted { $0.text < $1.text }))
    }
    first.events { result in
      switch result {
      case .success(let events):
        read(rest.dropFirst(), found.union(events), completion)
      case .failure(let error): completion(.failure(error))
      }
    }
  }
}

@available(*, unavailable, message: "an EventDirectory belongs to its client's thread")
extension EventDirectory: Sendable {}
