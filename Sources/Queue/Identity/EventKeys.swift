import Redis

extension Key {
  /// The key of one kind that belongs to one event, `kind:{event}`. All such keys are built here and
  /// nowhere else: two operations cannot disagree about a name.
  ///
  /// All keys of an event carry `{event}` and so share one hash slot, which lets a script touch several
  /// of them at once on a cluster.
  ///
  /// Source: the Redis cluster specification, "Hash tags".
  package init(_ kind: StaticString, of event: EventID) {
    self.init("\(kind):{\(event)}")
  }
}

/// The queue's keys of one event. Make them once an event and keep them.
package struct EventKeys: Sendable {
  /// The event that these keys belong to.
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
  /// ZSET user → microseconds: when those were admitted who left since, with another ticket.
  let admitted: Key
  /// ZSET user → microseconds: when the latest grant began, by Redis' clock.
  let grants: Key

  /// What every script of the queue is given, in the order that `event.lua` and `for_sale.lua` name.
  package let scriptKeys: [Key]

  /// ZSET event → last activity, ms: the events that exist.
  package static let events = Key("queue:events")
  /// STRING: the token secret, when none is configured.
  package static let secret = Key("queue:secret")

  /// STRING: the epoch of the store that owns the slot of this number; see ``StoreEpoch``.
  static func epoch(_ number: Int) -> Key { Key("queue:epoch:{\(number)}") }

  /// The keys of `event`.
  package init(_ event: EventID) {
    self.event = event
    waiting = Key("queue:event", of: event)
    seen = Key("queue:seen", of: event)
    done = Key("queue:done", of: event)
    state = Key("queue:state", of: event)
    audit = Key("stream:event", of: event)
    admitted = Key("queue:admitted", of: event)
    grants = Key("queue:grants", of: event)
    scriptKeys =
      [waiting, seen, done, state, audit] + ForSaleKeys(event).all + [admitted, grants]
  }
}
