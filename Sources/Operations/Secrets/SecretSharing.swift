import Logging
import Loop
import Queue
import Redis

/// Sees to it that all sidecars know the same secrets; see ``SecretAgreement``.
///
/// Confined to the back office.
package final class SecretSharing {
  private let loop: Loop
  private let redis: any RedisClient
  private let keys: KeySpace
  private let script: Script
  private let log: Log
  private let mayPropose: () -> Bool
  private let adopt: (TokenSecrets) -> Void
  private var agreement: SecretAgreement
  private var problem: String?

  /// Calls `adopt` whenever other secrets are in force.
  ///
  /// - Parameters:
  ///   - lifetime: How long what is signed with a secret may be of use.
  ///   - mayPropose: Whether a secret may be made where Redis has none; asked at each look. While it may
  ///     not, this sidecar waits for others to say theirs.
  package init(
    loop: Loop, redis: any RedisClient, keys: KeySpace, format: TokenFormat, lifetime: Duration,
    log: Log, scripts: QueueScripts = QueueScripts(), mayPropose: @escaping () -> Bool = { true },
    adopt: @escaping (TokenSecrets) -> Void
  ) {
    self.loop = loop
    self.redis = redis
    self.keys = keys
    self.log = log
    self.mayPropose = mayPropose
    self.adopt = adopt
    script = scripts.secrets
    agreement = SecretAgreement(format: format, lifetime: lifetime)
  }

  /// Looks now and once a second: between a loss and the next look, a new sidecar could set
  /// another.
  package func start() {
    look(isAgain: false) { [self] in
      // Until there is a secret no client can be served: not a second is lost when Redis comes up.
      let pause = agreement.secrets == nil ? Duration.milliseconds(100) : .seconds(1)
      loop.schedule(after: pause) { [self] in start() }
    }
  }

  private func look(isAgain: Bool, _ done: @escaping () -> Void) {
    read { [self] reading, time in
      guard let reading else { return done() }
      complain(about: reading)
      do {
        let now = SecretAgreement.Moment(instant: loop.now, time: time)
        let actions = try agreement.read(reading, at: now, mayPropose: mayPropose()) {
          () throws(TokenSecretError) in try TokenSecret.random()
        }
        carryOut(actions) { [self] hasWritten in
          // A Redis that takes what is written and then does not have it is not asked again at once.
          if hasWritten, !isAgain { look(isAgain: true, done) } else { done() }
        }
      } catch {
        log.error("there is no token secret", ["error": .text("\(error)")])
        done()
      }
    }
  }

  // MARK: Reading

  /// What Redis holds, nil if it does not say; and its time, ms since 1970.
  private func read(_ body: @escaping (SecretAgreement.Reading?, Int64) -> Void) {
    redis.send(.time) { [self] result in
      let time = (try? result.get())?.time.map { $0 / 1000 } ?? WallClock.milliseconds
      redis.send(.get(EventKeys.secret(in: keys))) { [self] result in
        // On a cluster it lies elsewhere, and those that are agreed on must not wait for it.
        let former = (try? result.get()).map { Self.former($0) } ?? .unread
        redis.send(.hmget(EventKeys.secrets(in: keys), SecretPlaces.names)) { [self] result in
          body(places(result).map { .init(places: $0, former: former) }, time)
        }
      }
    }
  }

  private func places(_ result: Result<Reply, RedisError>) -> SecretPlaces? {
    switch result {
    case .success(let reply) where reply.count == SecretPlaces.names.count:
      return SecretPlaces(reply.elements.map(\.bytes))
    case .success: complain("it is no hash", about: EventKeys.secrets(in: keys))
    case .failure(let error):
      if error.kind == .server { complain("\(error)", about: EventKeys.secrets(in: keys)) }
    }
    return nil
  }

  private static func former(_ reply: Reply) -> SecretAgreement.FormerSecret {
    guard let bytes = reply.bytes else { return .missing }
    return (try? TokenSecret(bytes: bytes)).map { .holds($0) } ?? .unreadable
  }

  // MARK: Writing

  /// Calls `done` with whether something was to be written that Redis may have now.
  private func carryOut(
    _ actions: [SecretAgreement.Action], _ done: @escaping (Bool) -> Void
  ) {
    guard let action = actions.first else { return done(false) }
    let rest = Array(actions.dropFirst())
    switch action {
    case .adopt(let secrets):
      log.info(
        "agreed on the token secrets with the other sidecars",
        ["signs": .text("\(secrets.current.id)"), "known": .integer(secrets.all.count)])
      adopt(secrets)
      carryOut(rest, done)
    case .write(let changes):
      let arguments = SecretsScript.arguments(changes)
      redis.call(script, keys: [EventKeys.secrets(in: keys)], arguments: arguments) {
        [self] (result: Result<SecretsScript.Reply, RedisError>) in
        // Where another sidecar was first, that is news, too.
        if case .success = result { carryOut(rest) { _ in done(true) } } else { done(false) }
      }
    case .writeFormer(let secret):
      redis.send(.setIfAbsent(EventKeys.secret(in: keys), secret.bytes)) { [self] result in
        if case .success = result { carryOut(rest) { _ in done(true) } } else { done(false) }
      }
    }
  }

  // MARK: Complaining

  private func complain(about reading: SecretAgreement.Reading) {
    if reading.former == .unreadable {
      return complain("it has fewer than 16 bytes", about: EventKeys.secret(in: keys))
    }
    let places = reading.places.unreadable
    if places.isEmpty { return problem = nil }
    complain(
      "no secret: place \(places.joined(separator: ", "))", about: EventKeys.secrets(in: keys))
  }

  private func complain(_ problem: String, about key: Key) {
    guard problem != self.problem else { return }
    self.problem = problem
    log.error(
      "the token secret in Redis is no secret; delete it, or configure a secret",
      ["key": .text(key.text), "error": .text(problem)])
  }
}
