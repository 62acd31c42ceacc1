import Redis

extension RedisError {
  /// A script of ours brought something that it does not return: someone else's script has its SHA-1, or
  /// this is no Redis.
  package static func unexpectedReply(_ script: String) -> RedisError {
    .protocolViolation("the script \(script) returned something that it never returns")
  }
}
