import Loop
import Queue
import Redis

/// Sees to it that all sidecars sign with the same secret; see ``SecretAgreement``.
///
/// Confined to the back office.
final class SecretKeeper {
  private let loop: Loop
  private let redis: any RedisClient
  private let log: Log
  private let adopt: (SecretAgreement.Secrets) -> Void
  private var agreement = SecretAgreement()

  /// Calls `adopt` whenever other secrets are in force.
  init(
    loop: Loop, redis: any RedisClient, log: Log,
    adopt: @escaping (SecretAgreement.Secrets) -> Void
  ) {
    self.loop = loop
    self.redis = redis
    self.log = log
    self.adopt = adopt
  }

  /// Looks now and once a second: between a loss and the next look, a new sidecar could set another.
  func start() {
    look { [self] in
      loop.schedule(after: .seconds(1)) { [self] in start() }
    }
  }

  private func look(_ done: @escaping () -> Void) {
    redis.send(.get(EventKeys.secret)) { [self] result in
      guard case .success(let reply) = result else { return done() }
      do {
        let action = try agreement.read(reply.bytes) { () throws(TokenSecretError) in
          try TokenSecret.random()
        }
        carryOut(action, done)
      } catch {
        log.error(
          "the token secret in Redis is no secret; delete the key, or configure a secret",
          ["key": .text(EventKeys.secret.text), "error": .text("\(error)")])
        done()
      }
    }
  }

  private func carryOut(_ action: SecretAgreement.Action, _ done: @escaping () -> Void) {
    switch action {
    case .nothing: done()
    case .adopt(let secrets):
      log.info("agreed on a token secret with the other sidecars")
      adopt(secrets)
      done()
    case .publish(let secret):
      redis.send(.setIfAbsent(EventKeys.secret, secret.bytes)) { [self] result in
        if case .success = result { look(done) } else { done() }
      }
    }
  }
}
