import Loop
import Metrics
import Queue
import Redis

/// Carries out what a ``Delivery`` decides, for one course.
///
/// Belongs to its loop's thread. Lives until ``stop()``, or until the sink says that another relay has taken
/// over; what is under way then may still end, and changes nothing.
final class Courier {
  /// What a courier works with.
  struct Tools {
    let loop: Loop
    let redis: any RedisClient
    let sink: any Sink
    let keys: KeySpace
    let metrics: RelayMetrics
    let health: RelayHealth
  }

  /// Called once, if another relay has taken over.
  var fenced: () -> Void = {}

  private let course: Course
  private let stream: Key
  private let tools: Tools
  private var delivery: Delivery
  private let since = WallClock.milliseconds
  private var lag: Gauge?
  private var isStopped = false

  init(_ course: Course, _ tools: Tools, _ settings: Delivery.Settings) {
    self.course = course
    self.tools = tools
    stream = course.subject.stream(of: course.event, in: tools.keys)
    delivery = Delivery(settings)
    lag = tools.metrics.lag.cell(course.event.text, tools.metrics.sink)
  }

  /// How far it has come, for the lease.
  var progress: LeaseScript.Progress? {
    delivery.delivered.map { .init(epoch: $0.epoch, id: $0.id, fence: delivery.fence) }
  }

  func start() { carryOut(delivery.begin()) }

  /// Does nothing more.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    if let lag { tools.metrics.lag.remove(lag, course.event.text, tools.metrics.sink) }
    lag = nil
  }

  /// Shows how far behind it is; to be called every second.
  func measure(at now: Int64 = WallClock.milliseconds) {
    // What the sink has is not known before it has answered.
    let oldest = delivery.oldest?.milliseconds ?? (delivery.knowsPositions ? now : since)
    lag?.set(Double(max(0, now - oldest)) / 1000)
  }

  private func carryOut(_ action: Delivery.Action) {
    guard !isStopped else { return }
    switch action {
    case .claim: tools.sink.claim(course) { [self] in claimed($0) }
    case .read(let from, let count): read(from: from, count)
    case .write(let entries, let fence):
      let began = Instant.now
      tools.sink.write(entries, of: course, fence: fence) { [self] result in
        tools.metrics.writeTimes.observe((Instant.now - began).seconds)
        if case .success = result {
          tools.metrics.delivered.increment(by: UInt64(entries.count))
        }
        wrote(result)
      }
    case .bury(let entry, let problem, let fence):
      tools.sink.bury(entry, of: course, because: problem, fence: fence) { [self] result in
        if case .success = result { tools.metrics.deadLetters[problem.reason]?.increment() }
        wrote(result)
      }
    case .rest(let pause):
      tools.loop.schedule(after: pause) { [weak self] in
        guard let self, !isStopped else { return }
        carryOut(delivery.restEnded())
      }
    case .giveUp:
      stop()
      fenced()
    }
  }

  private func claimed(_ result: Result<Claim, SinkFailure>) {
    switch result {
    case .success(let claim): carryOut(delivery.claimed(claim))
    case .failure(let failure): failed(failure)
    }
  }

  private func wrote(_ result: Result<Void, SinkFailure>) {
    switch result {
    case .success: carryOut(delivery.written())
    case .failure(let failure): failed(failure)
    }
  }

  private func failed(_ failure: SinkFailure) {
    guard !isStopped else { return }
    switch failure {
    case .fenced: tools.metrics.fenced.increment()
    case .forNow: tools.metrics.writeFailures.increment()
    case .forGood: break
    }
    carryOut(delivery.failed(failure, jitter: jitter))
  }

  private func read(from: StreamID?, _ count: Int) {
    let command = Command.xrange(
      stream, from: from.map { "\($0)" } ?? "-", limit: UInt16(clamping: count))
    tools.redis.send(command) { [self] result in
      guard !isStopped else { return }
      guard case .success(let reply) = result, let entries = Entry.all(in: reply) else {
        tools.metrics.readFailures.increment()
        return carryOut(delivery.readFailed(jitter: jitter))
      }
      carryOut(delivery.arrived(entries, jitter: jitter))
    }
  }

  private var jitter: Double { .random(in: 0.5...1) }
}

@available(*, unavailable, message: "a Courier belongs to its loop's thread")
extension Courier: Sendable {}
