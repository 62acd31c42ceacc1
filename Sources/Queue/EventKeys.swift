/// Every Redis key that usher uses, built here and nowhere else: two operations cannot disagree
/// about a name.
///
/// All keys of an event carry `{event}` and so share one hash slot, which is what lets a script
/// touch several of them at once on a cluster. To be made once an event and kept.
///
/// Source: the Redis cluster specification, "Hash tags".
public struct EventKeys: Sendable {
  /// ZSET user → ticket: who is waiting, in order.
  public let waiting: String
  /// ZSET user → when last seen, in milliseconds: who is present.
  public let seen: String
  /// ZSET user → microseconds: who was admitted (+) or left (−), and when.
  public let done: String
  /// HASH: when the event was created, its last ticket, its bucket, rates, counters and settings.
  public let state: String
  /// STREAM: the audit trail.
  public let audit: String
  /// HASH seat → status.
  public let seatStatus: String
  /// ZSET seat → when its hold ends.
  public let seatHolds: String
  /// STRING: how many are left to sell.
  public let inventory: String

  /// ZSET event → last activity: the events that exist.
  public static let events = "queue:events"
  /// STRING: the token secret, when none is configured.
  public static let secret = "queue:secret"

  /// The keys of one event.
  public init(_ event: EventID) {
    waiting = "queue:event:{\(event)}"
    seen = "queue:seen:{\(event)}"
    done = "queue:done:{\(event)}"
    state = "queue:state:{\(event)}"
    audit = "stream:event:{\(event)}"
    seatStatus = "seat:status:{\(event)}"
    seatHolds = "seat:holds:{\(event)}"
    inventory = "inventory:{\(event)}"
  }
}
