import Configuration
import EmbeddedRedis
import Glibc
import HTTP
import Logging
import Loop
import Operations
import Queue
import Redis

/// Runs usher with what was asked for until a signal ends it; returns the exit code: 0 after a
/// clean end, 1 if something was cut short or broke. Throws what keeps it from starting, in one
/// line for a person.
package func serve(_ parsed: ParsedSettings) throws -> Int32 {
  let settings = parsed.settings
  let log = Log(level: settings.logLevel, format: settings.logFormat)
  for suspect in parsed.suspects {
    log.warn(
      "an environment variable is no setting, but looks like one",
      ["variable": .text(suspect.variable), "meant": .text(suspect.meant)])
  }
  // Before any thread exists: a signal goes to whichever thread lets it in.
  try Signals.block([SIGTERM, SIGINT])
  // The reader of our log may go away; that is no reason to die.
  signal(SIGPIPE, SIG_IGN)
  switch try Process(settings, log).run() {
  case .clean:
    log.info("stopped")
    return 0
  case .cutShort, .broken: return 1
  }
}

/// The parts of a running usher, put together.
private struct Process {
  private let backOffice: BackOffice
  private let reports: Inbox<Front.Report>

  init(_ settings: Settings, _ log: Log) throws {
    try Self.checkLibrary(log)
    var listeners = try Listeners(settings)
    let loop = try Loop()
    reports = try Inbox()
    let (deployment, embedded) = try Self.redis(settings, loop, log)
    let store = StoreKnowledge(
      lifetime: settings.queue.ticketTTL, grace: embedded == nil ? settings.storeGrace : .zero)
    let metrics = UsherMetrics(events: settings.metricsEvents, store: store)
    let limits = FrontLimits(
      settings, deployment: deployment, descriptors: DescriptorLimit.raise())
    limits.warn(in: log, settings)
    let connectionLog = ConnectionLog(log, tellsOfConnecting: embedded == nil)
    let redisClock = RedisClock()
    var fronts: [BackOffice.FrontHandle] = []
    for number in 1...settings.fronts {
      let front = BackOffice.FrontHandle(inbox: try Inbox(), heartbeat: Heartbeat(at: .now))
      let plan = Front.Plan(
        number: number, settings: settings, limits: limits, metrics: metrics, log: log,
        connectionLog: connectionLog, heartbeat: front.heartbeat, inbox: front.inbox,
        reports: reports, redisClock: redisClock, store: store)
      try Front.start(plan, listener: listeners.takeFront())
      fronts.append(front)
    }
    embedded?.tailCut = { metrics.embeddedRedisTailCuts.increment() }
    embedded?.start()
    backOffice = try BackOffice(
      settings, loop: loop, deployment: deployment, embedded: embedded,
      adminListener: listeners.takeAdmin(),
      adminConnections: limits.adminConnections, fronts: fronts, metrics: metrics, log: log,
      connectionLog: connectionLog, redisClock: redisClock, store: store)
    log.info(
      "serving",
      [
        "version": .text(Version.current), "listen": .text("\(listeners.address)"),
        "admin": .text("\(listeners.adminAddress)"), "fronts": .integer(settings.fronts),
        "connections": .integer(limits.http.connectionLimit * settings.fronts),
        "redis": .text("\(deployment)"),
      ])
  }

  private static func checkLibrary(_ log: Log) throws(HTTPServerError) {
    let library = try HTTPLibrary.found()
    if library.isTested { return }
    log.warn(
      "usher is not tested with this libmicrohttpd, which is newer than those it knows",
      [
        "version": .text(library.version),
        "tested": .text(HTTPLibrary.tested.joined(separator: " ")),
      ])
  }

  /// The Redis that is named, or one of our own.
  private static func redis(
    _ settings: Settings, _ loop: Loop, _ log: Log
  ) throws(EmbeddedRedisError) -> (Deployment, EmbeddedRedis?) {
    if let deployment = settings.deployment { return (deployment, nil) }
    let embedded = try EmbeddedRedis(directory: settings.dataDirectory, loop: loop, log: log)
    log.info(
      "no --redis-url: keeping the queue in a redis-server of our own",
      ["data_dir": .text(settings.dataDirectory)])
    return (Deployment(Endpoint(address: embedded.address)), embedded)
  }

  func run() throws -> Shutdown.Ending { try backOffice.run(reports: reports) }
}
