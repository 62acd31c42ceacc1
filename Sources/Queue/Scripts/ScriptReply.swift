import Redis

/// What one script returns, read. Each script has one such type, beside its Lua file, and nothing else
/// indexes its reply.
package protocol ScriptReply {
  /// Reads `reply`; nil if it is not what the script's file says that it returns.
  init?(_ reply: Redis.Reply)
}

extension ScriptReply {
  /// Reads each of `elements`; nil if one is not what it should be.
  static func list<Answer>(
    _ elements: some Collection<Redis.Reply>, _ read: (Redis.Reply) -> Answer?
  ) -> [Answer]? {
    var answers: [Answer] = []
    answers.reserveCapacity(elements.count)
    for element in elements {
      guard let answer = read(element) else { return nil }
      answers.append(answer)
    }
    return answers
  }
}

extension Reply {
  /// The number with which the replies of our scripts begin, 0 where they refuse; nil if there is none.
  package var leadingInteger: Int64? { count > 0 ? self[0].integer : nil }
}

extension RedisClient {
  /// Calls a script and reads what it returned. `completion` is called exactly once, on the client's
  /// thread.
  // In the caller, which knows the types: a client is an existential, of which nothing is specialised.
  @inline(__always)
  package func call<Reply: ScriptReply>(
    _ script: Script, keys: [Key], arguments: [Argument],
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    send(.evalsha(script, keys: keys, arguments: arguments)) { result in
      completion(
        result.flatMap { Reply($0).map(Result.success) ?? .failure(.unexpectedReply(script.name)) })
    }
  }
}

extension RedisError {
  /// A script of ours brought something that it does not return: another script has its SHA-1, or
  /// this is no Redis.
  package static func unexpectedReply(_ script: String) -> RedisError {
    .protocolViolation("the script \(script) returned something that it never returns")
  }
}
