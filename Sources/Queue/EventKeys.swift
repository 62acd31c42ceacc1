import Redis

/// Every Redis key that usher uses, built here and nowhere else: two operations cannot disagree
/// about a name.
///
/// All keys of an event carry `{event}` and so share one hash slot, which is what lets a script
/// touch several of them at once on a cluster. To be made once an event and kept.
///
/// Source: the Redis cluster specification, "Hash tags".
public struct EventKeys: Sendable {
  /// Whose keys these are.
  public let event: EventID
  /// ZSET user → ticket: who is waiting, in order.
  public let waiting: Key
  /// ZSET user → when last seen, in milliseconds: who is present.
  public let seen: Key
  /// ZSET user → microseconds: who was admitted (+) or left (−), and when.
  public let done: Key
  /// HASH: when the event was created, its last ticket, its bucket, rates, counters and settings.
  public let state: Key
  /// STREAM: the audit trail.
  public let audit: Key
  /// HASH seat → status.
  public let seatStatus: Key
  /// ZSET seat → when its hold ends.
  public let seatHolds: Key
  /// STRING: how many are left to sell.
  public let inventory: Key

  /// What every script of the queue is given, in the order that `event.lua` names.
  public let scriptKeys: [Key]

  /// ZSET event → last activity: the events that exist.
  public static let events = Key("queue:events")
  /// STRING: the token secret, when none is configured.
  public static let secret = Key("queue:secret")

  /// The keys of one event.
  public init(_ event: EventID) {
    self.event = event
    waiting = Key("queue:event:{\(event)}")
    seen = Key("queue:seen:{\(event)}")
    done = Key("queue:done:{\(event)}")
    state = Key("queue:state:{\(event)}")
    audit = Key("stream:event:{\(event)}")
    seatStatus = Key("seat:status:{\(event)}")
    seatHolds = Key("seat:holds:{\(event)}")
    inventory = Key("inventory:{\(event)}")
    scriptKeys = [waiting, seen, done, state, audit]
  }
}
