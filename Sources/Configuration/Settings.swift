import Logging
import Loop
import Queue
import Redis

/// Everything that can be set, checked, with its unit in its type. What each means, how it is
/// written and what it is by default stands in the table, `Settings.init(from:)`.
package struct Settings: Sendable {
  // MARK: Listening

  /// Where the gateway and people are served.
  package var listen: SocketAddress
  /// Where metrics and health are served.
  package var adminListen: SocketAddress
  /// The mode of the file of a listening Unix socket; nil: what the umask leaves.
  package var listenMode: UInt32?
  /// How long the data plane keeps a connection between two requests.
  package var keepAlive: Duration
  /// How many front threads; none means one per CPU the process may use, and is resolved already.
  package var fronts: Int
  /// The most requests per second, or 0 for no limit.
  package var rateLimit: Int
  /// The most requests that may be waiting for their answer.
  package var maxInFlight: Int
  /// Between ceasing to be ready and closing the listeners.
  package var drainDelay: Duration
  /// The longest that work in flight may take to finish after that.
  package var drainTimeout: Duration

  // MARK: Redis

  /// The Redis to use; nil: one of our own.
  package var redisURL: RedisURL?
  /// Its ACL user.
  package var redisUsername: String?
  /// Its password.
  package var redisPassword: Secret<HiddenText>?
  /// How connections to it are encrypted, its files read already; nil: they are not.
  package var redisTLS: TLSContext?
  /// What the names of all keys begin with; nil: nothing.
  package var redisKeyPrefix: KeySpace?
  /// Where our own keeps its data.
  package var dataDirectory: String
  /// The most connections per node.
  package var redisPoolMax: Int
  /// The fewest idle connections per node.
  package var redisPoolMinIdle: Int
  /// The most commands under way on one connection.
  package var redisPipelineDepth: Int
  /// The longest that a command may wait for a connection.
  package var redisPoolWait: Duration
  /// The longest that a command may take.
  package var redisTimeout: Duration
  /// The longest that connecting may take.
  package var redisConnectTimeout: Duration
  /// How long sidecars that know a Redis without an epoch may speak before this one.
  package var storeGrace: Duration
  /// How many calls the breaker looks back on.
  package var breakerWindow: Int
  /// Which share of them must have failed, 0 to 1.
  package var breakerFailureRate: Double
  /// How long it then keeps calls away.
  package var breakerOpen: Duration

  // MARK: Admission

  /// People let in per second, of an event without a rate of its own.
  package var admissionRate: Double
  /// The most let in at once, of an event without a burst of its own.
  package var admissionBurst: Int
  /// How long a grant is good; whole seconds.
  package var grantTTL: Duration
  /// How long a call lasts, of an event without a time of its own.
  package var readyTTL: Duration
  /// How long a session lives after its last sign of life; whole seconds.
  package var sessionTTL: Duration
  /// How long a session lives at most; whole seconds.
  package var sessionMax: Duration
  /// How long a ticket lives; whole seconds.
  package var ticketTTL: Duration
  /// How long an event's keys outlive its last activity; whole seconds.
  package var eventTTL: Duration
  /// The most people waiting in one event, or 0 for no limit.
  package var queueLimit: Int
  /// The most events, beside those that an operator named.
  package var maxEvents: Int
  /// Who creates events.
  package var eventCreation: EventCreation
  /// How long a person may be silent.
  package var presenceTTL: Duration
  /// How long a person among the first may be silent.
  package var presenceHeadTTL: Duration
  /// How long no person is admitted after the index was lost.
  package var rebuildWindow: Duration
  /// What tokens are signed with; nil: agreed through Redis.
  package var tokenSecret: Secret<TokenSecret>?
  /// What tokens may have been signed with before.
  package var tokenPreviousSecret: Secret<TokenSecret>?
  /// How new tokens are written.
  package var tokenFormat: TokenFormat

  // MARK: Seats

  /// How long a hold of seats lives; whole seconds.
  package var holdTTL: Duration
  /// The most seats that one person may hold and have bought at one event.
  package var seatsPerPerson: Int
  /// About how many sales an event's stream keeps.
  package var streamMax: Int
  /// What happens to a person who wants to join a line at whose end nothing is left.
  package var soldOutJoin: SoldOutJoin
  /// Who may use the admin port, beside metrics and probes; nil: no caller may.
  package var adminTokens: Secret<AdminTokens>?

  // MARK: Health

  /// The longest that one health check may take.
  package var healthTimeout: Duration
  /// Between two health checks.
  package var healthInterval: Duration
  /// How old the last good check may be.
  package var readyGrace: Duration
  /// What readiness demands of Redis.
  package var readyRedis: ReadyRedis

  // MARK: Telling

  /// The most events that have metrics of their own.
  package var metricsEvents: Int
  /// The least that is logged.
  package var logLevel: Log.Level
  /// How it is written.
  package var logFormat: Log.Format
}

/// What happens to a person who wants to join a line at whose end nothing is left.
package enum SoldOutJoin: String, CaseIterable, Sendable {
  /// They hear that it is sold out.
  case refuse
  /// They join as others do.
  case allow
}

/// Who creates events.
package enum EventCreation: String, CaseIterable, Sendable {
  /// The person who joins first.
  case anyone
  /// Only operators, who name them by settings, seats or stock.
  case `operator`
}

/// What readiness demands of Redis.
package enum ReadyRedis: String, CaseIterable, Sendable {
  /// A good check within ready-grace, all the time.
  case required
  /// One good check since the start. Without Redis this sidecar then stays ready and says 503
  /// itself, in words, where an empty list of endpoints would be a bare 502.
  case startup
}
