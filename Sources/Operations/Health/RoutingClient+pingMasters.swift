import Redis

extension RoutingClient {
  /// Asks every master whether it answers, or some by chance where there are very many, and says so as
  /// soon as one does, or what the last one failed with: a sidecar whose Redis has lost one shard of
  /// several still serves the events of the others.
  package func pingMasters(_ completion: @escaping (Result<Void, RedisError>) -> Void) {
    let limit = Self.warmLimit
    let masters =
      self.masters.count > limit ? Array(self.masters.shuffled().prefix(limit)) : self.masters
    // There is none to ask; this fails with the reason.
    if masters.isEmpty { return send(.ping) { completion($0.map { _ in }) } }
    var missing = masters.count
    var isOver = false
    for master in masters {
      send(.ping, to: master) { result in
        missing -= 1
        if isOver { return }
        if case .failure = result, missing > 0 { return }
        isOver = true
        completion(result.map { _ in })
      }
    }
  }
}
