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
  /// HASH seat → who holds it or has bought it, if anybody.
  public let seatStatus: Key
  /// ZSET seat → when its hold ends.
  public let seatHolds: Key
  /// STRING: how many seats are available.
  public let inventory: Key
  /// ZSET seat → the hold by which it was bought.
  public let seatSold: Key
  /// ZSET seat → its place in the list of seats.
  public let seatOrder: Key
  /// HASH user → how many seats they hold or have bought.
  public let seatPeople: Key
  /// ZSET user → when admitted: those admitted who have a seat, or something of the stock.
  public let served: Key
  /// HASH: the seats' clock, the map's version, and how far checks have come.
  public let seatState: Key
  /// ZSET item → how many there are in all.
  public let stockTotal: Key
  /// ZSET item → how many are left.
  public let stockLeft: Key
  /// HASH item and user → which one the user took.
  public let stockTaken: Key
  /// STREAM: what was taken, for whoever delivers it.
  public let stockStream: Key

  /// What every script of the queue is given, in the order that `event.lua` names.
  public let scriptKeys: [Key]
  /// The same, and all other keys of the event: whoever keeps an event keeps all of it.
  let allKeys: [Key]

  /// ZSET event → last activity: the events that exist.
  public static let events = Key("queue:events")
  /// ZSET event → last activity, ms: the events that have seats or stock.
  public static let sales = Key("seat:events")
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
    seatSold = Key("seat:sold:{\(event)}")
    seatOrder = Key("seat:order:{\(event)}")
    seatPeople = Key("seat:people:{\(event)}")
    served = Key("seat:served:{\(event)}")
    seatState = Key("seat:state:{\(event)}")
    stockTotal = Key("stock:total:{\(event)}")
    stockLeft = Key("stock:left:{\(event)}")
    stockTaken = Key("stock:taken:{\(event)}")
    stockStream = Key("stream:stock:{\(event)}")
    scriptKeys = [waiting, seen, done, state, audit, inventory, seatHolds, served, stockLeft]
    allKeys =
      scriptKeys + [
        seatStatus, seatSold, seatOrder, seatPeople, seatState, stockTotal, stockTaken, stockStream,
      ]
  }
}
