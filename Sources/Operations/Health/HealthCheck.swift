import Logging
import Loop
import Redis

/// The background check of Redis: asks by itself, on a connection of its own, and remembers the
/// last word. `/readyz` only repeats it.
///
/// Confined to the back office.
package final class HealthCheck {
  private let loop: Loop
  private let ask: (@escaping (Result<Void, RedisError>) -> Void) -> Void
  private let interval: Duration
  private let metrics: HealthMetrics
  private let log: Log
  private(set) var state: HealthState
  private var startingFronts: Int
  private var wasGood: Bool?

  /// - Parameters:
  ///   - ask: Asks Redis whether it answers.
  ///   - fronts: How many there are; none of them serves yet.
  package init(
    loop: Loop, ask: @escaping (@escaping (Result<Void, RedisError>) -> Void) -> Void,
    state: HealthState, fronts: Int, interval: Duration, timeout: Duration, metrics: HealthMetrics,
    log: Log
  ) {
    self.loop = loop
    self.ask = ask
    self.state = state
    startingFronts = fronts
    self.interval = interval
    self.metrics = metrics
    self.log = log
    metrics.timeout.set(timeout.seconds)
  }

  /// Checks now, and again `interval` after each check has ended.
  package func start() {
    let began = Instant.now
    ask { [self] result in
      end(result, took: .now - began)
      // A pool that refuses answers at once; Redis that was away is looked for more often.
      let pause = wasGood == true ? interval : min(interval, .seconds(1))
      loop.schedule(after: pause) { [self] in start() }
    }
  }

  /// A front has all that it needs to answer, for the first time.
  package func frontBeganToServe() {
    startingFronts -= 1
    _ = report()
  }

  /// The process is about to stop: not ready from now on.
  package func beginDraining() {
    state.drainingBegan()
    metrics.ready.set(0)
  }

  /// What `/readyz` says at this moment; keeps the metric in step.
  func report() -> HealthReport {
    let report = HealthReport(checks: state.report(at: .now).checks + [fronts])
    metrics.ready.set(report.isReady ? 1 : 0)
    return report
  }

  /// Each front has connections of its own, and all of them need the token secret: without either,
  /// the first people to come would be turned away.
  private var fronts: HealthReport.Check {
    HealthReport.Check(
      name: "fronts", passes: startingFronts == 0,
      words: startingFronts == 0
        ? "serve" : "\(startingFronts) still wait for Redis or for the token secret")
  }

  /// There is no server to ask at the moment. The check that waits for a connection would say so
  /// only when it has taken all the time that it may.
  package func connectingFailed(because reason: String) {
    note(.failure(.unavailable(reason)))
  }

  private func end(_ result: Result<Void, RedisError>, took duration: Duration) {
    metrics.durations.observe(duration.seconds)
    note(result)
  }

  private func note(_ result: Result<Void, RedisError>) {
    let isGood: Bool
    switch result {
    case .success:
      state.redisAnswered(at: .now)
      isGood = true
    case .failure(let error):
      state.redisFailed(because: "\(error)")
      isGood = false
    }
    metrics.up.set(isGood ? 1 : 0)
    _ = report()
    if isGood != wasGood { tell(result) }
    wasGood = isGood
  }

  private func tell(_ result: Result<Void, RedisError>) {
    switch result {
    case .success: log.info("Redis answers")
    case .failure(let error):
      log.warn(
        "Redis does not answer; requests get 503 until it does", ["error": .text("\(error)")])
    }
  }
}
