import Queue
import Redis
import Seats

extension Settings {
  /// Where all keys are.
  package var keys: KeySpace { redisKeyPrefix ?? .plain }

  /// What the queue needs to know.
  package var queue: QueueSettings {
    QueueSettings(
      admissionRate: admissionRate, admissionBurst: admissionBurst, grantTTL: grantTTL,
      ticketTTL: ticketTTL, eventTTL: eventTTL, rebuildWindow: rebuildWindow,
      presenceTTL: presenceTTL, presenceHeadTTL: presenceHeadTTL, queueLimit: queueLimit,
      refusesWhenSoldOut: soldOutJoin == .refuse, readyTTL: readyTTL, sessionTTL: sessionTTL,
      sessionMax: sessionMax, seatsPerPerson: seatsPerPerson,
      eventLimit: maxEvents, onlyNamedEvents: eventCreation == .operator, keys: keys)
  }

  /// What the seats need to know.
  package var seats: SeatSettings {
    SeatSettings(
      holdTTL: holdTTL, seatsPerPerson: seatsPerPerson, eventTTL: eventTTL, streamMax: streamMax,
      keys: keys)
  }

  /// When to leave a Redis node alone.
  package var breaker: CircuitBreaker.Settings {
    var breaker = CircuitBreaker.Settings()
    breaker.window = breakerWindow
    breaker.failureRate = breakerFailureRate
    breaker.openFor = breakerOpen
    // Below the deadline, so that a Redis that is only just in time opens it, too.
    breaker.slowAfter = redisTimeout * 3 / 5
    return breaker
  }

  /// The Redis that is named, with whatever credentials; nil if it is to be one of our own.
  package var deployment: Deployment? {
    guard var deployment = redisURL?.deployment else { return nil }
    deployment.tls = redisTLS
    if let redisPassword {
      deployment.credentials = Credentials(user: redisUsername, password: redisPassword.value.text)
    }
    return deployment
  }
}
