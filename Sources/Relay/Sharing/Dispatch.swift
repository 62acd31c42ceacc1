import Logging
import Loop
import Queue
import Redis

/// Finds the courses that there are, shares them with the other relays, and has a ``Courier`` for each of its
/// own. Once a second it looks, prolongs its leases, and tells how far it has come.
///
/// Belongs to its loop's thread.
final class Dispatch {
  private let tools: Courier.Tools
  private let subjects: [Subject]
  private let relay: String
  private let sink: String
  private let delivery: Delivery.Settings
  private let log: Log
  private var share = Share(ttl: .seconds(5))
  private var couriers: [Course: Courier] = [:]
  private var looks = 0
  private var isStopped = false

  /// - Parameter relay: Names this relay among the others.
  init(
    _ tools: Courier.Tools, _ subjects: [Subject], relay: String, sink: String,
    _ delivery: Delivery.Settings, log: Log
  ) {
    self.tools = tools
    self.subjects = subjects
    self.relay = relay
    self.sink = sink
    self.delivery = delivery
    self.log = log
  }

  func start() {
    look()
    tools.loop.schedule(after: .seconds(1)) { [self] in
      if !isStopped { start() }
    }
  }

  /// Gives all courses back; `completion` is called when Redis knows, or after a second.
  func stop(_ completion: @escaping () -> Void) {
    isStopped = true
    var (left, isOver) = (couriers.count, false)
    func end() {
      if isOver { return }
      isOver = true
      completion()
    }
    if left == 0 { return tools.loop.defer(to: .answer, end) }
    tools.loop.schedule(after: .seconds(1), end)
    for (course, courier) in couriers {
      courier.stop()
      ask(course, .release, courier.progress) { _ in
        left -= 1
        if left == 0 { end() }
      }
    }
    couriers = [:]
  }

  private func look() {
    for course in share.expire(at: tools.loop.now) {
      log.warn(
        "Redis did not prolong a lease in time: another relay may deliver this event",
        ["event_id": .text(course.event.text), "subject": .text(course.subject.rawValue)])
      end(course)
    }
    for courier in couriers.values { courier.measure() }
    countRelays()
    // A relay to which there is nothing to do must know, too, whether it could.
    if looks.isMultiple(of: 5) { tools.sink.check() }
    looks += 1
    findCourses()
    for course in share.courses { visit(course) }
  }

  // MARK: - Who and what there is

  private var relaysKey: Key { tools.keys.key("queue:relays") }

  private func countRelays() {
    let now = WallClock.milliseconds
    let member = ScoredMember(score: now + 5000, member: "\(sink)/\(relay)")
    tools.redis.send(.zadd(relaysKey, [member], .always)) { [self] result in
      guard case .success = result else { return }
      tools.redis.send(
        .zremrangeByScore(relaysKey, ScoreRange(to: .excluding(now - 60_000)))
      ) { _ in }
    }
    let alive = ScoreRange(from: .including(now))
    tools.redis.send(.zrangeByScore(relaysKey, alive, limit: 1000, withScores: false)) {
      [self] result in
      switch result {
      case .success(let reply):
        tools.health.redisAnswered()
        let others = reply.elements.count { $0.text?.hasPrefix("\(sink)/") ?? false }
        share.relays = max(1, others)
        tools.metrics.relays.set(Double(share.relays))
      case .failure(let error): tools.health.redisFailed(because: "\(error)")
      }
    }
  }

  private func findCourses() {
    var found: [Course] = []
    var left = subjects.count
    for subject in subjects {
      let registry = EventRegistry(subject.events(in: tools.keys), redis: tools.redis)
      registry.events { [self] result in
        // What is not known is not gone.
        guard case .success(let events) = result else { return }
        found += events.map { Course(subject, of: $0) }
        left -= 1
        if left == 0 { for course in share.adopt(found) { end(course) } }
      }
    }
  }

  // MARK: - Leases

  private func visit(_ course: Course) {
    let wish = share.wish(for: course, at: tools.loop.now)
    if wish == .release { couriers.removeValue(forKey: course)?.stop() }
    let asked = tools.loop.now
    ask(course, wish, couriers[course]?.progress) { [self] reply in
      guard !isStopped, let reply else { return }
      switch share.answered(course, reply, askedAt: asked) {
      case .taken: begin(course)
      case .lost: end(course)
      case .none: break
      }
      tools.metrics.held.set(Double(couriers.count))
    }
  }

  private func ask(
    _ course: Course, _ wish: LeaseScript.Wish, _ progress: LeaseScript.Progress?,
    _ completion: @escaping (LeaseScript.Reply?) -> Void
  ) {
    let arguments = LeaseScript.arguments(
      course, sink: sink, relay: relay, wish: wish, ttl: share.ttl, progress: progress)
    tools.redis.call(
      RelayScripts.lease, keys: LeaseScript.keys(course, in: tools.keys), arguments: arguments
    ) { (result: Result<LeaseScript.Reply, RedisError>) in
      completion(try? result.get())
    }
  }

  private func begin(_ course: Course) {
    let courier = Courier(course, tools, delivery)
    courier.fenced = { [weak self] in
      self?.share.fenced(course)
      self?.couriers[course] = nil
    }
    couriers[course] = courier
    courier.start()
  }

  private func end(_ course: Course) {
    couriers.removeValue(forKey: course)?.stop()
  }
}

@available(*, unavailable, message: "a Dispatch belongs to its loop's thread")
extension Dispatch: Sendable {}
