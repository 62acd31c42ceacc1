import Redis

extension WaitingRoom {
  /// Says what a reservation token is worth now, by Redis' clock, which began it. Asks no server, and
  /// fails only while there is no signer.
  package func verify(_ token: String) -> Result<VerifyOutcome, RedisError> {
    let now = loop.now
    guard let grant = signer?.grant(token) else {
      return verify(token, at: clock.time(at: now))
    }
    let measured = self.line(of: grant.event).measuredRedisTime(at: now)
    return verify(token, at: measured ?? clock.time(at: now))
  }

  /// Says what it is worth at `time`, µs of Redis time.
  func verify(_ token: String, at time: Int64) -> Result<VerifyOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    guard let grant = signer.grant(token) else { return .success(.invalid(.unknown)) }
    guard time < grant.endsAt else { return .success(.invalid(.expired)) }
    return .success(
      .valid(grant, expiresInSeconds: Int((grant.endsAt - time + 999_999) / 1_000_000)))
  }
}
