/// How an event stands at one moment, as an operator is told.
package struct LiveEvent: Equatable, Sendable {
  /// Redis time, µs.
  package let time: Int64
  /// What its door does.
  package let state: LineSnapshot.EventState
  /// How many people stand in line.
  package let waiting: Int64
  /// How many of them are called.
  package let ready: Int64
  /// How many people are inside.
  package let inside: Int64
  /// How many were taken out of line because they were silent, and keep their place.
  package let parked: Int64
  /// How many people ever joined.
  package let joined: Int64
  /// How many people were ever admitted.
  package let admitted: Int64
  /// How many calls ended without the person, who had asked meanwhile.
  package let noShows: Int64
  /// Admissions a second that refill the bucket.
  package let rate: Double
  /// Admissions that the bucket, and what is left for sale where it has a say, allow now.
  package let tokens: Double
  /// Whether everything that it had to sell is sold.
  package let isSoldOut: Bool
  /// How much it has left to sell; nil if it never had anything.
  package let remaining: Int64?
}

/// Which version of an event's settings a change may replace.
package enum SettingsCondition: Equatable, Sendable {
  /// Any.
  case none
  /// Any, but there must be one.
  case exists
  /// One of these.
  case version([Int64])
}

/// What came of changing an event's settings.
package enum SettingsOutcome: Equatable, Sendable {
  /// Or deleted: then nothing is set after it.
  case changed(before: StoredSettings, after: StoredSettings)
  /// They have this version by now, which the condition does not name.
  case stale(version: Int64)
  /// What Redis lost of them has yet to be written back.
  case rebuilding
  /// The event would close before it opens, or open before people may join.
  case disordered
  /// There is no such event, and so nothing to delete.
  case unknown
}
