import Queue

/// How seats and stock are sold; see the settings table for the meanings.
package struct SeatSettings: Sendable {
  /// How long a hold lives.
  package var holdTTL: Duration
  /// The most seats that one person may hold and have bought at one event.
  package var seatsPerPerson: Int
  /// How long an event's keys outlive its last activity.
  package var eventTTL: Duration
  /// How many sales an event's stream keeps for the relay.
  package var streamMax: Int
  /// Where the keys of all sales are.
  package var keys: KeySpace

  /// The defaults of the settings table, but for what is given.
  package init(
    holdTTL: Duration = .seconds(60), seatsPerPerson: Int = 4,
    eventTTL: Duration = .seconds(24 * 3600), streamMax: Int = 1_000_000,
    keys: KeySpace = .plain
  ) {
    self.holdTTL = holdTTL
    self.seatsPerPerson = seatsPerPerson
    self.eventTTL = eventTTL
    self.streamMax = streamMax
    self.keys = keys
  }
}
