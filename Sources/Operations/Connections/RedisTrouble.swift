import Loop
import Redis

/// What commands to Redis can fail of that an operator has to do something about.
///
/// Source: the error codes of Redis 7.0.
enum RedisTrouble: String, CaseIterable, Sendable {
  case outOfMemory = "OOM"
  case readOnly = "READONLY"
  case tooFewReplicas = "NOREPLICAS"
  case cannotPersist = "MISCONF"
  /// One of two meanings of that code; Redis names the file in the message only.
  case cannotAppend = "MISCONF_AOF"
  case loading = "LOADING"
  case busyScript = "BUSY"
  case masterDown = "MASTERDOWN"
  case clusterDown = "CLUSTERDOWN"
  case notPermitted = "NOPERM"
  case notAuthenticated = "NOAUTH"
  case wrongPassword = "WRONGPASS"
  case wrongType = "WRONGTYPE"
  case silence = "no answer in time"

  /// What `error` tells of; nil for what goes by itself, or is told of elsewhere.
  init?(_ error: RedisError) {
    switch error {
    case .server(let code, let message): self.init(code: code, message: message)
    case .timeout: self = .silence
    case .poolExhausted, .circuitOpen, .unavailable, .connectionLost, .protocolViolation: return nil
    }
  }

  private init?(code: String, message: String) {
    self.init(rawValue: code)
    if self == .cannotPersist, message.contains("AOF") { self = .cannotAppend }
  }

  /// The one whose code a sentence about a failed connection holds.
  init?(in sentence: String) {
    let words = sentence.split(separator: " ")
    guard
      let found = words.lazy
        .compactMap({ RedisTrouble(code: String($0), message: sentence) }).first
    else { return nil }
    self = found
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .outOfMemory:
      "give Redis more memory (maxmemory) or take other data out of it; nobody can join until then"
    case .readOnly:
      "this is a replica: let --redis-url name the master, or finish the failover"
    case .tooFewReplicas:
      "bring the replicas back, or lower min-replicas-to-write"
    case .cannotPersist:
      "Redis cannot write its snapshot: look at its log, its disk and the rights on its directory"
    case .cannotAppend:
      "Redis cannot write its append-only file, most often for want of room: look at its log and its disk"
    case .loading: "wait: Redis reads its data and will answer when it has it"
    case .busyScript: "a script runs for too long: find out whose it is; SCRIPT KILL ends it"
    case .masterDown: "this replica has lost its master: bring it back, or finish the failover"
    case .clusterDown: "the cluster has slots without a master: see CLUSTER NODES"
    case .notPermitted:
      "let this ACL user do what deploy/redis/users.acl lists for usher, or see --redis-username"
    case .notAuthenticated:
      "Redis wants a password: see --redis-password-file and --redis-username"
    case .wrongPassword:
      "check --redis-username and the password (--redis-password-file, USHER_REDIS_PASSWORD)"
    case .wrongType:
      "somebody else uses a key of usher's (queue:*, stream:event:*): give usher a Redis of its own"
    case .silence:
      "see whether Redis is stopped or overloaded (SLOWLOG, LATENCY), or the network is broken"
    }
  }
}

/// Which troubles there are at present, by when each was met last.
struct TroubleLedger: Sendable {
  /// One that was not met for so long is over, as far as can be known.
  static let patience = Duration.seconds(10)

  private var lastMet: [RedisTrouble: Instant] = [:]

  /// A command failed of `trouble`; true if that is news.
  mutating func met(_ trouble: RedisTrouble, at now: Instant) -> Bool {
    lastMet.updateValue(now, forKey: trouble) == nil
  }

  /// Takes out those that are over at `now`.
  mutating func removeOver(at now: Instant) -> [RedisTrouble] {
    let over = RedisTrouble.allCases.filter { trouble in
      lastMet[trouble].map { now - $0 >= Self.patience } ?? false
    }
    for trouble in over { lastMet[trouble] = nil }
    return over
  }
}
