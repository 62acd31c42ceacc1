import Redis

extension WaitingRoom {
  /// Says what a reservation token or a session token is worth now, by Redis' clock. Asks no server where
  /// this front knows which sessions have ended, as it does while it is asked every now and then. Fails
  /// only while there is no signer.
  ///
  /// - Parameter event: The event that the token must be for; nil for any.
  package func check(
    _ token: String, for event: EventID? = nil,
    _ completion: @escaping (Result<VerifyOutcome, RedisError>) -> Void
  ) {
    guard let pass = signer?.pass(token) else { return completion(verify(token, for: event)) }
    knowEnds(of: line(of: pass.event)) { [self] in completion(verify(token, for: event)) }
  }

  /// Says what it is worth, as far as this front knows.
  func verify(
    _ token: String, for event: EventID? = nil
  ) -> Result<VerifyOutcome, RedisError> {
    let now = loop.now
    return verify(token, for: event) { pass in
      self.line(of: pass.event).recentRedisTime(at: now) ?? clock.time(at: now)
    }
  }

  /// Says what it is worth at `time`, µs of Redis time.
  func verify(_ token: String, at time: Int64) -> Result<VerifyOutcome, RedisError> {
    verify(token, for: nil) { _ in time }
  }

  private func verify(
    _ token: String, for event: EventID?, time: (Pass) -> Int64
  ) -> Result<VerifyOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    guard let pass = signer.pass(token) else { return .success(.invalid(.unknown)) }
    guard event == nil || event == pass.event else { return .success(.invalid(.otherEvent)) }
    if line(of: pass.event).ends.hasEnded(pass.name) { return .success(.invalid(.ended)) }
    let time = time(pass)
    guard time < pass.endsAt else { return .success(.invalid(.expired)) }
    return .success(
      .valid(pass, expiresInSeconds: Int((pass.endsAt - time + 999_999) / 1_000_000)))
  }
}
