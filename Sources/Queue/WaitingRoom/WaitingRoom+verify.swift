import Redis

extension WaitingRoom {
  /// Says what a reservation token is worth at `time` (µs since 1970). Asks no server, and fails only
  /// while there is no signer.
  package func verify(_ token: String, at time: Int64) -> Result<VerifyOutcome, RedisError> {
    guard let signer else { return .failure(Self.noSecret) }
    guard let grant = signer.grant(token) else { return .success(.invalid(.unknown)) }
    guard time < grant.endsAt else { return .success(.invalid(.expired)) }
    return .success(
      .valid(grant, expiresInSeconds: Int((grant.endsAt - time + 999_999) / 1_000_000)))
  }
}
