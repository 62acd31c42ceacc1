import Redis

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
  /// HASH: what operators set for the event. It does not end with the line.
  let settings: Key
  /// ZSET user → microseconds: until when the tickets of parked people live.
  let parked: Key
  /// HASH user → ticket: the places of parked people.
  let places: Key
  /// ZSET user → milliseconds: who is called, and until when.
  let ready: Key
  /// HASH user → how many of their calls ended without them.
  let calls: Key
  /// ZSET no-show → milliseconds: when a call may come again; negative until they ask for it.
  let noShows: Key
  /// ZSET user → ticket: who stands before the last place that was called, and was never called.
  let ahead: Key
  /// ZSET user → milliseconds: who is inside, and until when.
  let inside: Key
  /// ZSET session → milliseconds: sessions that ended before their time, and until when they are refused.
  let ended: Key

  /// What every script of the queue is given, in the order that `event.lua`, `for_sale.lua`,
  /// `operator.lua` and `calls.lua` name.
  package let scriptKeys: [Key]

  /// ZSET event → last activity, ms: the events that exist.
  package static func events(in space: KeySpace) -> Key { space.key("queue:events") }
  /// ZSET event → when its settings were last written, ms, or for ever: the events that have any.
  package static func settingsEvents(in space: KeySpace) -> Key { space.key("queue:settings") }
  /// HASH place, "1" to "8" → what it says of one token secret: those that sidecars have agreed on, when
  /// none is configured.
  package static func secrets(in space: KeySpace) -> Key { space.key("queue:secrets") }
  /// STRING: the one token secret of version 0.1.
  package static func secret(in space: KeySpace) -> Key { space.key("queue:secret") }

  /// STRING: the epoch of the store that owns the slot of this number; see ``StoreEpoch``.
  static func epoch(_ number: Int, in space: KeySpace) -> Key {
    space.key("queue:epoch", of: number)
  }

  /// The keys of `event` in `space`.
  package init(_ event: EventID, in space: KeySpace) {
    self.event = event
    waiting = space.key("queue:event", of: event)
    seen = space.key("queue:seen", of: event)
    done = space.key("queue:done", of: event)
    state = space.key("queue:state", of: event)
    audit = space.key("stream:event", of: event)
    admitted = space.key("queue:admitted", of: event)
    grants = space.key("queue:grants", of: event)
    settings = space.key("queue:settings", of: event)
    parked = space.key("queue:parked", of: event)
    places = space.key("queue:places", of: event)
    ready = space.key("queue:ready", of: event)
    calls = space.key("queue:calls", of: event)
    noShows = space.key("queue:noshows", of: event)
    ahead = space.key("queue:ahead", of: event)
    inside = space.key("queue:inside", of: event)
    ended = space.key("queue:ended", of: event)
    scriptKeys =
      [waiting, seen, done, state, audit] + ForSaleKeys(event, in: space).all
      + [admitted, grants, settings, parked, places, ready, calls, noShows, ahead, inside, ended]
  }
}
