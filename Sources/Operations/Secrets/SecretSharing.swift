import Logging
import Loop
import Queue
import Redis

/// Sees to it that all sidecars sign with the same secret; see ``SecretAgreement``.
///
/// Confined to the back office.
package final class SecretSharing {
  private let loop: Loop
  private let redis: any RedisClient
  private let log: Log
  private let adopt: (SecretAgreement.Secrets) -> Void
  private var agreement = SecretAgreement()
  /// What was last told of a key that holds no secret: it is looked at every second.
  private var complaint: String?

  /// Calls `adopt` whenever other secrets are in force.
  package init(
    loop: Loop, redis: any RedisClient, log: Log,
    adopt: @escaping (SecretAgreement.Secrets) -> Void
  ) {
    self.loop = loop
    self.redis = redis
    self.log = log
    self.adopt = adopt
  }

  /// Looks now and once a second: between a loss and the next look, a new sidecar could set
  /// another.
  package func start() {
    look { [self] hasReachedRedis in
      // Until there is a secret no client can be served: not a second is lost when Redis comes up.
      let isWaiting = agreement.secrets == nil && !hasReachedRedis
      loop.schedule(after: isWaiting ? .milliseconds(100) : .seconds(1)) { [self] in start() }
    }
  }

  /// Calls `done` with whether Redis answered.
  private func look(hasPublished: Bool = false, _ done: @escaping (Bool) -> Void) {
    redis.send(.get(EventKeys.secret)) { [self] result in
      guard case .success(let reply) = result else { return done(false) }
      do {
        let action = try agreement.read(reply.bytes) { () throws(TokenSecretError) in
          try TokenSecret.random()
        }
        // A Redis that takes the key and then does not have it is not asked again at once.
        complaint = nil
        if case .publish = action, hasPublished { return done(true) }
        carryOut(action, done)
      } catch {
        complain("\(error)")
        done(true)
      }
    }
  }

  private func complain(_ error: String) {
    if complaint == error { return }
    complaint = error
    log.error(
      "the token secret in Redis is no secret; delete the key, or configure a secret",
      ["key": .text(EventKeys.secret.text), "error": .text(error)])
  }

  private func carryOut(_ action: SecretAgreement.Action, _ done: @escaping (Bool) -> Void) {
    switch action {
    case .nothing: done(true)
    case .adopt(let secrets):
      log.info("agreed on a token secret with the other sidecars")
      adopt(secrets)
      done(true)
    case .publish(let secret):
      redis.send(.setIfAbsent(EventKeys.secret, secret.bytes)) { [self] result in
        if case .success = result { look(hasPublished: true, done) } else { done(false) }
      }
    }
  }
}
