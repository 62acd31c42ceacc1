import API
import Configuration
import HTTP
import Logging
import Loop
import Operations
import Queue
import Redis
import Seats

/// One thread of the data plane: a loop, a listener, connections to Redis, a waiting room.
/// Everything in it is confined to the thread; the back office sends to its inbox.
final class Front {
  /// What the back office sends to a front.
  enum Message: Sendable {
    /// Sign with these, and accept these.
    case secrets(TokenSecrets)
    /// Redis consists of these servers from now on.
    case topology(Topology)
    /// Redis answers again, or is to be shown other credentials: connections need not wait before they
    /// are tried again.
    case connectNow
    /// Take on no more, finish what is under way, and end.
    case drain
    /// Refuse what is still under way, and end.
    case refuseRest
  }

  /// What a front reports to the back office.
  enum Report: Sendable {
    /// It has reached Redis and knows the token secret: it can answer. Said once.
    case serving
    /// Redis may consist of other servers than it was told; the one that is named, if any, failed.
    case wantsTopology(avoiding: SocketAddress?)
    /// Everything is answered and closed; the thread ends.
    case drained
    /// It cannot go on; the sentence says why.
    case failed(String)
  }

  /// What a front is made of: all that crosses to its thread.
  struct Plan: Sendable {
    let number: Int
    let settings: Settings
    let limits: FrontLimits
    let metrics: UsherMetrics
    let log: Log
    let connectionLog: ConnectionLog
    let heartbeat: Heartbeat
    let inbox: Inbox<Message>
    let reports: Inbox<Report>
    let redisClock: RedisClock
    let store: StoreKnowledge
  }

  private let plan: Plan
  private let loop: Loop
  private let lanes: RedisLanes
  private let room: WaitingRoom
  private let office: BoxOffice
  private let routes: Routes
  private let server: HTTPServer
  private let metrics: FrontMetrics
  private var lanesReached = 0
  private var isServing = false
  private var isDraining = false

  /// Starts the thread of a front that serves `listener`, which it takes over.
  static func start(_ plan: Plan, listener: consuming Descriptor) throws(SystemError) {
    let listener = listener.release()
    try startThread(name: "front \(plan.number)") {
      do {
        let front = try Front(plan, listener: Descriptor(owning: listener))
        try front.loop.run()
        plan.reports.send(.drained)
      } catch {
        plan.reports.send(.failed("\(error)"))
      }
    }
  }

  private init(_ plan: Plan, listener: consuming Descriptor) throws {
    self.plan = plan
    let loop = try Loop()
    self.loop = loop
    metrics = FrontMetrics(plan.metrics.http)
    let scripts = QueueScripts()
    let seatScripts = SeatScripts()
    lanes = try RedisLanes(plan, on: loop, scripts: scripts.all + seatScripts.all) {
      [reports = plan.reports] in reports.send(.wantsTopology(avoiding: $0))
    }
    room = WaitingRoom(
      loop: loop, redis: lanes.writes, reads: lanes.reads, signer: nil,
      settings: plan.settings.queue, clock: plan.redisClock, store: plan.store, scripts: scripts)
    office = BoxOffice(
      loop: loop, redis: lanes.writes, signer: nil, settings: plan.settings.seats,
      store: plan.store, scripts: seatScripts)
    let seatOperations = SeatOperationMetrics(plan.metrics.seats)
    office.holdsEnded = { seatOperations.expired.increment(by: UInt64($0)) }
    let routes = Routes(
      loop: loop, room: room, office: office,
      shedder: LoadShedder(
        maxInFlight: plan.limits.maxInFlight, rate: plan.limits.rateLimit, now: .now),
      metrics: metrics, operations: OperationMetrics(plan.metrics.queue),
      seatOperations: seatOperations, log: plan.log)
    self.routes = routes
    server = try HTTPServer(
      loop: loop, listener: listener, configuration: plan.limits.http,
      handler: { routes.handle($0) })
    server.requestRefused = { [metrics, log = plan.log] code in
      metrics.refusedByLibrary(code)
      Responses.noteRefusal(byLibrary: code, port: "data", log)
    }
    server.errorResponse = { [metrics, log = plan.log] request in
      Responses.refused(request, metrics, log)
    }
    let lag = plan.metrics.loopLag.cell("front")
    loop.turnEnded = { lag.observe($0.seconds) }
    plan.heartbeat.start(on: loop)
    observeConnections()
    for lane in lanes.all { reachRedis(lane) }
    try plan.inbox.deliver(on: loop) { [unowned self] in take($0) }
  }

  private func take(_ message: Message) {
    switch message {
    case .secrets(let secrets):
      room.signer = TokenSigner(secrets, format: plan.settings.tokenFormat)
      office.signer = room.signer
      tellWhenServing()
    case .topology(let topology): lanes.adopt(topology)
    case .connectNow: lanes.tryNow()
    case .drain:
      drain()
    case .refuseRest:
      routes.refuseFromNowOn()
      drain()
      // Whatever is under way waits for Redis.
      lanes.close()
    }
  }

  /// Asks until Redis answers this front once. Whether it goes on answering, the back office
  /// watches.
  private func reachRedis(_ lane: RoutingClient) {
    lane.send(.ping) { [self] result in
      guard case .success = result else {
        loop.schedule(after: .milliseconds(100)) { [self] in reachRedis(lane) }
        return
      }
      lanesReached += 1
      tellWhenServing()
    }
  }

  private func tellWhenServing() {
    guard lanesReached == lanes.all.count, room.signer != nil, !isServing else { return }
    isServing = true
    plan.reports.send(.serving)
  }

  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    server.stopListening()
    finishWhenIdle()
  }

  /// Ends the loop as soon as every request is answered and every client has its answer.
  private func finishWhenIdle() {
    guard server.exchangesInFlight == 0, server.openConnections == 0 else {
      loop.schedule(after: .milliseconds(5)) { [self] in finishWhenIdle() }
      return
    }
    server.stop()
    lanes.close()
    loop.stop()
  }

  private func observeConnections() {
    metrics.connections.set(Double(server.openConnections))
    loop.schedule(after: .seconds(1)) { [self] in observeConnections() }
  }
}

@available(*, unavailable, message: "a Front belongs to its thread")
extension Front: Sendable {}
