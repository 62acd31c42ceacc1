import Redis

/// Every Redis key that usher uses, built here and nowhere else: two operations cannot disagree
/// about a name.
///
/// All keys of an event carry `{event}` and so share one hash slot, which is what lets a script
/// touch several of them at once on a cluster. To be made once an event and kept.
///
/// Source: the Redis cluster specification, "Hash tags".
package struct EventKeys: Sendable {
  /// Whose keys these are.
  package let event: EventID
  /// ZSET user → ticket: who is waiting, in order.
  package let waiting: Key
  /// ZSET user → when last seen, in milliseconds: who is present.
  package let seen: Key
  /// ZSET user → microseconds: who was admitted (+) or left (−), and when.
  package let done: Key
  /// HASH: when the event was created, its last ticket, its bucket, rates, counters and settings.
  package let state: Key
  /// STREAM: the audit trail.
  package let audit: Key
  /// HASH seat → who holds it or has bought it, if anybody.
  package let seatStatus: Key
  /// ZSET seat → when its hold ends.
  package let seatHolds: Key
  /// STRING: how many seats are available.
  package let inventory: Key
  /// ZSET seat → the hold by which it was bought.
  package let seatSold: Key
  /// ZSET seat → its place in the list of seats.
  package let seatOrder: Key
  /// HASH user → how many seats they hold or have bought.
  package let seatPeople: Key
  /// ZSET user → when admitted: those admitted who have a seat, or something of the stock.
  package let served: Key
  /// HASH: the seats' clock, the map's version, and how far checks have come.
  package let seatState: Key
  /// ZSET item → how many there are in all.
  package let stockTotal: Key
  /// ZSET item → how many are left.
  package let stockLeft: Key
  /// HASH item and user → which one the user took.
  package let stockTaken: Key
  /// STREAM: what was taken, for whoever delivers it.
  package let stockStream: Key

  /// What every script of the queue is given, in the order that `event.lua` names.
  package let scriptKeys: [Key]
  /// The same, and all other keys of the event: whoever keeps an event keeps all of it.
  let allKeys: [Key]

  /// ZSET event → last activity: the events that exist.
  package static let events = Key("queue:events")
  /// ZSET event → last activity, ms: the events that have seats or stock.
  package static let sales = Key("seat:events")
  /// STRING: the token secret, when none is configured.
  package static let secret = Key("queue:secret")

  /// The keys of one event.
  package init(_ event: EventID) {
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
