import Loop
import Queue
import Redis

/// Everything that can be set, checked, with its unit in its type. What each means, how it is written
/// and what it is by default stands in the table, `Settings.init(from:)`.
public struct Settings: Sendable {
  // MARK: Listening

  /// Where the gateway and people are served.
  public var listen: SocketAddress
  /// Where metrics and health are served.
  public var adminListen: SocketAddress
  /// How many front threads; none means one per CPU the process may use, and is resolved already.
  public var fronts: Int
  /// The most requests per second, or 0 for no limit.
  public var rateLimit: Int
  /// The most requests that may be waiting for their answer.
  public var maxInFlight: Int
  /// Between ceasing to be ready and closing the listeners.
  public var drainDelay: Duration
  /// The longest that work in flight may take to finish after that.
  public var drainTimeout: Duration

  // MARK: Redis

  /// The Redis to use; nil: one of our own.
  public var redisURL: RedisURL?
  /// Its ACL user.
  public var redisUsername: String?
  /// Its password.
  public var redisPassword: HiddenText?
  /// How connections to it are encrypted, its files read already; nil: they are not.
  public var redisTLS: TLSContext?
  /// Where our own keeps its data.
  public var dataDirectory: String
  /// The most connections per node.
  public var redisPoolMax: Int
  /// The fewest idle connections per node.
  public var redisPoolMinIdle: Int
  /// The most commands under way on one connection.
  public var redisPipelineDepth: Int
  /// The longest that a command may wait for a connection.
  public var redisPoolWait: Duration
  /// The longest that a command may take.
  public var redisTimeout: Duration
  /// The longest that connecting may take.
  public var redisConnectTimeout: Duration
  /// How many calls the breaker looks back on.
  public var breakerWindow: Int
  /// Which share of them must have failed, 0 to 1.
  public var breakerFailureRate: Double
  /// How long it then keeps calls away.
  public var breakerOpen: Duration

  // MARK: Admission

  /// People let in per second, of an event without a rate of its own.
  public var admissionRate: Double
  /// The most let in at once, of an event without a burst of its own.
  public var admissionBurst: Int
  /// How long a grant is good; whole seconds.
  public var grantTTL: Duration
  /// How long a ticket lives; whole seconds.
  public var ticketTTL: Duration
  /// How long an event's keys outlive its last activity; whole seconds.
  public var eventTTL: Duration
  /// The most people waiting in one event, or 0 for no limit.
  public var queueLimit: Int
  /// How long somebody may be silent.
  public var presenceTTL: Duration
  /// How long somebody among the first may be silent.
  public var presenceHeadTTL: Duration
  /// How long nobody is admitted after the index was lost.
  public var rebuildWindow: Duration
  /// What tokens are signed with; nil: agreed through Redis.
  public var tokenSecret: TokenSecret?
  /// What tokens may have been signed with before.
  public var tokenPreviousSecret: TokenSecret?

  // MARK: Seats

  /// How long a hold of seats lives; whole seconds.
  public var holdTTL: Duration
  /// The most seats that one person may hold and have bought at one event.
  public var seatsPerPerson: Int
  /// What happens to whoever wants to join a line at whose end nothing is left.
  public var soldOutJoin: SoldOutJoin
  /// Who may say what seats and stock there are; nil: nobody.
  public var adminToken: HiddenText?

  // MARK: Health

  /// The longest that one health check may take.
  public var healthTimeout: Duration
  /// Between two health checks.
  public var healthInterval: Duration
  /// How old the last good check may be.
  public var readyGrace: Duration
  /// What readiness demands of Redis.
  public var readyRedis: ReadyRedis

  // MARK: Telling

  /// The most events that have metrics of their own.
  public var metricsEvents: Int
  /// The least that is logged.
  public var logLevel: Log.Level
  /// How it is written.
  public var logFormat: Log.Format
}

/// What happens to whoever wants to join a line at whose end nothing is left.
public enum SoldOutJoin: String, CaseIterable, Sendable {
  /// They hear that it is sold out.
  case refuse
  /// They join as others do.
  case allow
}
