/// What the caller of a script knows of an event and of the store that holds it. By this a script sees
/// what Redis has lost, and that its clock has stepped.
package struct Knowledge: Equatable, Sendable {
  /// The highest tick of the event that the caller has heard of; 0 if none.
  package var tick: Int64 = 0
  /// What time it should be by Redis' clock, µs; 0 if the caller has no idea.
  package var time: Int64 = 0
  /// When the store last lost what it held, µs of Redis time: 0 if it never did, and
  /// ``unknownStore`` while the caller does not know.
  package var storeLost: Int64 = 0
  /// How many were inside or called, as the caller last heard.
  package var inside = 0
  /// The epoch of the event in which that was so; empty if the caller has not heard of any.
  package var epoch = ""
  /// Whether others may know of a loss of which the caller does not, since it has just met the event:
  /// then no one is called there, unless the event is new.
  package var isStranger = false

  /// Stands in ``storeLost`` for a store whose epoch the caller does not know: no one is admitted.
  package static let unknownStore: Int64 = -1

  /// Nothing, or what is given.
  package init(
    tick: Int64 = 0, time: Int64 = 0, storeLost: Int64 = 0, isStranger: Bool = false
  ) {
    self.tick = tick
    self.time = time
    self.storeLost = storeLost
    self.isStranger = isStranger
  }

  /// ``storeLost`` and ``isStranger`` in one number, as scripts take them; see `event.lua`.
  var storeArgument: Int64 {
    isStranger && storeLost != Self.unknownStore ? -2 - storeLost : storeLost
  }
}
