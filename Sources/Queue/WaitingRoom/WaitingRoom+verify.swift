import Redis

extension WaitingRoom {
  /// Says what a reservation token is worth now, by Redis' clock, which began it. Asks no server, and
  /// fails only while there is no signer.
  ///
  /// - Parameter event: The event that the token must be for; nil for any.
  package func verify(
    _ token: String, for event: EventID? = nil
  ) -> Result<VerifyOutcome, RedisError> {
    let now = loop.now
    return verify(token, for: event) { grant in
      self.line(of: grant.event).recentRedisTime(at: now) ?? clock.time(at: now)
    }
  }

  /// Says what it is worth at `time`, µs of Redis time.
  func verify(_ token: String, at time: Int64) -> Result<VerifyOutcome, RedisError> {
    verify(token, for: nil) { _ in time }
  }

  private func verify(
    _ token: String, for event: EventID?, time: (Grant) -> Int64
  ) -> Result<VerifyOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    guard let grant = signer.grant(token) else { return .success(.invalid(.unknown)) }
    guard event == nil || event == grant.event else { return .success(.invalid(.otherEvent)) }
    let time = time(grant)
    guard time < grant.endsAt else { return .success(.invalid(.expired)) }
    return .success(
      .valid(grant, expiresInSeconds: Int((grant.endsAt - time + 999_999) / 1_000_000)))
  }
}
