import Loop
import Queue

/// The table of settings. One entry is one setting: its flag, how its value is written and which
/// values are allowed, its default, what it means. The environment variable follows from the flag
/// (`--redis-timeout`, `USHER_REDIS_TIMEOUT`); the help and `usher check` are made from the same
/// entries. A field without an entry does not compile.
extension Settings {
  init(from setting: inout SettingsReader) throws(SettingsError) {
    setting.section("Listening")
    listen = try setting(
      "listen", .address, default: .tcp(host: "127.0.0.1", port: 8080),
      "Where the gateway and people are served:")
    adminListen = try setting(
      "admin-listen", .address, default: .tcp(host: "::", port: 9090),
      "Where /metrics, /livez and /readyz are served:")
    listenMode = try setting.optional(
      "listen-mode", .mode, none: "by umask",
      "The mode of the file, where one of them listens at a Unix socket.")
    keepAlive = try setting(
      "keep-alive", .duration(.seconds(1)...(.hours(24))), default: .minutes(65),
      """
      How long a connection to --listen may idle between two requests: longer than in the gateway's \
      pool, so that it is the gateway that closes it.
      """)
    fronts = try setting(
      "fronts", .count(1...256), default: setting.cpus, called: "one per CPU",
      "Threads that serve. By default one per CPU that the process may use.")
    rateLimit = try setting(
      "rate-limit", .count(0...10_000_000), default: 0,
      """
      Requests answered per second, by all fronts together; joins get what the others leave of it. \
      0 is no limit.
      """)
    maxInFlight = try setting(
      "max-in-flight", .count(1...1_000_000), default: 4096,
      """
      Requests that may be under way, joins up to three quarters of it. More wait for room, joins behind \
      all others, and are refused after 25ms, or 300ms if usher itself is busy.
      """)
    drainDelay = try setting(
      "drain-delay", .duration(.zero...(.minutes(10))), default: .zero,
      "On SIGTERM: between ceasing to be ready and closing the listeners.")
    drainTimeout = try setting(
      "drain-timeout", .duration(.zero...(.minutes(10))), default: .seconds(10),
      "On SIGTERM: how long requests in flight may then take to finish.")

    setting.section("Redis")
    redisURL = try setting.optional(
      "redis-url", .redisURL, none: "none",
      """
      By default usher starts a redis-server of its own, in --data-dir. A Redis that all sidecars of \
      a queue share:
      """)
    redisUsername = try setting.optional(
      "redis-username", .text("NAME", "the name of an ACL user"), none: "none",
      "ACL user of --redis-url.")
    redisPassword = try setting.secret(
      "redis-password", none: "none", "Password of --redis-url.", takes: "a password, in one line",
      parse: HiddenText.init(written:))
    let tls = try TLSFlags(from: &setting)
    redisKeyPrefix = try setting.optional(
      "redis-key-prefix", .keyPrefix, none: "none",
      """
      What the names of all keys begin with, so that several queues can share a Redis; the same for all \
      sidecars of a queue.
      """)
    dataDirectory = try setting(
      "data-dir", .text("DIR", "a directory"), default: "data",
      "Where the redis-server of its own keeps its data.")
    redisPoolMax = try setting(
      "redis-pool-max", .count(1...10_000), default: 50, "Most connections per Redis node.")
    redisPoolMinIdle = try setting(
      "redis-pool-min-idle", .count(0...10_000), default: 1,
      "Idle connections kept open per Redis node.")
    redisPipelineDepth = try setting(
      "redis-pipeline-depth", .count(1...10_000), default: 128,
      "Commands under way on one connection; 1 is a classic pool.")
    redisPoolWait = try setting(
      "redis-pool-wait", .duration(.zero...(.minutes(1))), default: .milliseconds(100),
      "How long a command may wait for a connection.")
    redisTimeout = try setting(
      "redis-timeout", .duration(.milliseconds(1)...(.minutes(1))), default: .milliseconds(500),
      "How long a command may take.")
    redisConnectTimeout = try setting(
      "redis-connect-timeout", .duration(.milliseconds(1)...(.minutes(1))), default: .seconds(2),
      "How long connecting may take.")
    storeGrace = try setting(
      "store-grace", .duration(.zero...(.minutes(1))), default: .seconds(2),
      """
      How long to wait for other sidecars, which may know what --redis-url has lost: at the start \
      when it holds nothing of a queue, and before calling anyone at an event that this one has \
      just met.
      """)
    breakerWindow = try setting(
      "breaker-window", .count(1...10_000), default: 10,
      "How many of the last calls the circuit breaker judges by; those of 100ms count as one.")
    breakerFailureRate = try setting(
      "breaker-failure-rate", .percent(1...100), default: 0.5,
      "The share of them that must fail for it to open.")
    breakerOpen = try setting(
      "breaker-open", .duration(.milliseconds(100)...(.minutes(10))), default: .seconds(10),
      "How long it stays open before it tries again.")

    setting.section("Admission")
    admissionRate = try setting(
      "admission-rate", .number(0.001...1_000_000), default: 10,
      "People let in per second, at an event without a rate of its own.")
    admissionBurst = try setting(
      "admission-burst", .count(1...1_000_000), default: 100,
      "Most people let in at once, at an event without a burst of its own.")
    grantTTL = try setting(
      "grant-ttl", .duration(.seconds(1)...(.hours(24)), wholeSeconds: true),
      default: .seconds(30), "How long an admitted person may take to go through the door.")
    readyTTL = try setting(
      "ready-ttl", .duration(.seconds(1)...(.hours(1))), default: .seconds(60),
      "How long a person who is called may take to enter, at an event that does not say so itself.")
    sessionTTL = try setting(
      "session-ttl", .duration(.seconds(1)...(.hours(24)), wholeSeconds: true),
      default: .minutes(10),
      """
      How long a session inside lives without being renewed, at an event that does not say so itself.
      """)
    sessionMax = try setting(
      "session-max", .duration(.seconds(1)...(.hours(24)), wholeSeconds: true), default: .hours(2),
      "How long a session inside lives at most, however often it is renewed.")
    ticketTTL = try setting(
      "ticket-ttl", .duration(.minutes(1)...(.days(30)), wholeSeconds: true), default: .hours(6),
      "How long a place in a queue lives after the person was last seen.")
    eventTTL = try setting(
      "event-ttl", .duration(.minutes(1)...(.days(366)), wholeSeconds: true), default: .hours(24),
      "How long an event's keys outlive its last activity.")
    queueLimit = try setting(
      "queue-limit", .count(0...100_000_000), default: 0,
      "Most people waiting at one event; 0 is no limit.")
    maxEvents = try setting(
      "max-events", .count(1...60_000), default: 10_000,
      """
      Most events at a time: with so many, joining creates only those that an operator named by \
      settings, seats or stock.
      """)
    eventCreation = try setting(
      "event-creation", .choice(), default: .anyone,
      "Whose joining creates an event; with operator only that at one that an operator named:")
    presenceTTL = try setting(
      "presence-ttl", .duration(.seconds(21)...(.hours(6))), default: .seconds(60),
      "How long a person may be silent before the queue moves past them; they keep their place.")
    presenceHeadTTL = try setting(
      "presence-head-ttl", .duration(.seconds(1)...(.hours(6))), default: .seconds(15),
      "The same for those so near the door that the others would wait for them.")
    rebuildWindow = try setting(
      "rebuild-window", .duration(.seconds(21)...(.minutes(10))), default: .seconds(25),
      """
      How long nobody is let in after Redis lost the queue, so that all can poll and take their \
      places again: more than 20s, the longest anybody is told to wait between polls.
      """)
    tokenSecret = try setting.secret(
      "token-secret", none: "by Redis",
      """
      What tokens are signed with; the same for all sidecars of a queue. By default they agree on \
      one through Redis.
      """,
      takes: "at least \(TokenSecret.shortest) bytes", parse: { try? TokenSecret(written: $0) })
    tokenPreviousSecret = try setting.secret(
      "token-previous-secret", none: "none",
      "What tokens were signed with before; still accepted.",
      takes: "at least \(TokenSecret.shortest) bytes", parse: { try? TokenSecret(written: $0) })
    tokenFormat = try setting(
      "token-format", .choice(), default: .version2,
      """
      How new tokens are written. 1 is for the time in which sidecars of version 0.1 share the queue; \
      both are read:
      """)

    setting.section("Seats and stock")
    holdTTL = try setting(
      "hold-ttl", .duration(.seconds(1)...(.hours(24)), wholeSeconds: true), default: .seconds(60),
      "How long seats are held for a person who does not buy them.")
    seatsPerPerson = try setting(
      "seats-per-person", .count(1...100), default: 4,
      "Most seats that one person may hold and have bought at one event.")
    streamMax = try setting(
      "stream-max", .count(1000...1_000_000_000), default: 1_000_000,
      "Most sales of one event that its stream keeps for whoever delivers them, about.")
    soldOutJoin = try setting(
      "sold-out-join", .choice(), default: .allow,
      "Whether people may still join when everything is sold:")
    adminTokens = try setting.secret(
      "admin-token", none: "none",
      """
      Who shows it at the admin port may read and change events: one token, or lines of a name, a role \
      (viewer, operator or pace) and a token. Without one, nobody may.
      """,
      takes: AdminTokens.allowed, parse: { AdminTokens(written: $0) })

    setting.section("Health")
    healthTimeout = try setting(
      "health-timeout", .duration(.milliseconds(10)...(.minutes(5))), default: .seconds(10),
      "How long one check of Redis may take.")
    healthInterval = try setting(
      "health-interval", .duration(.milliseconds(10)...(.minutes(5))), default: .seconds(5),
      "Between two checks of Redis.")
    readyGrace = try setting(
      "ready-grace", .duration(.milliseconds(20)...(.hours(1))), default: .seconds(30),
      "How old the last good check may be while /readyz says ready.")
    readyRedis = try setting(
      "ready-redis", .choice(), default: .required,
      """
      Whether /readyz demands Redis all the time, or only until it answered once, so that this \
      sidecar can still tell people when it is gone:
      """)

    setting.section("Metrics and logs")
    metricsEvents = try setting(
      "metrics-events", .count(0...10_000), default: 100,
      "Events that have metrics of their own; the others share \"other\".")
    logLevel = try setting(
      "log-level", .choice(), default: .info, "The least that is logged:")
    logFormat = try setting(
      "log-format", .choice(), default: .json, "How a line of the log is written:")

    try check(setting)
    redisTLS = try tls.context(for: redisURL, setting)
  }

  /// What no entry can say alone: which settings do not go together.
  private func check(_ setting: SettingsReader) throws(SettingsError) {
    try setting.require(
      listen != adminListen || listen.letsTheKernelChoose, "admin-listen",
      "another address", given: "listen")
    try setting.require(
      listenMode == nil || listen.isUnix || adminListen.isUnix, "listen-mode",
      "a Unix socket to listen at", given: "listen", "admin-listen")
    try setting.require(
      redisURL != nil || redisUsername == nil, "redis-username",
      "a Redis to log in to", given: "redis-url")
    try setting.require(
      redisURL != nil || redisPassword == nil, "redis-password",
      "a Redis to log in to", given: "redis-url")
    try setting.require(
      redisPassword == nil || redisURL?.namesUser != true, "redis-password",
      "a URL without user and password", given: "redis-url")
    try setting.require(
      redisPassword != nil || redisUsername == nil, "redis-username",
      "a password too", given: "redis-password")
    try setting.require(
      redisPoolMinIdle <= redisPoolMax, "redis-pool-min-idle",
      "at most as many", given: "redis-pool-max")
    try setting.require(
      grantTTL <= ticketTTL, "grant-ttl", "at most as long", given: "ticket-ttl")
    try setting.require(
      sessionTTL <= sessionMax, "session-ttl", "at most as long", given: "session-max")
    // A person who entered or left is remembered in the event's keys, for as long as their ticket
    // lives.
    try setting.require(
      ticketTTL <= eventTTL, "ticket-ttl", "at most as long", given: "event-ttl")
    // The event's keys are what ends its holds.
    try setting.require(holdTTL <= eventTTL, "hold-ttl", "at most as long", given: "event-ttl")
    try setting.require(
      presenceHeadTTL <= presenceTTL, "presence-head-ttl", "at most as long", given: "presence-ttl")
    try setting.require(
      tokenSecret != nil || tokenPreviousSecret == nil, "token-previous-secret",
      "a present secret too", given: "token-secret")
    // One slow check must not end readiness.
    try setting.require(
      healthInterval + healthTimeout <= readyGrace, "ready-grace",
      "at least as long as both together", given: "health-interval", "health-timeout")
  }
}

extension SocketAddress {
  /// Whether the port is 0: two listeners that ask for it get different ones.
  fileprivate var letsTheKernelChoose: Bool {
    if case .tcp(_, port: 0) = self { true } else { false }
  }

  fileprivate var isUnix: Bool {
    if case .unix = self { true } else { false }
  }
}
