/// How lines behave unless an event says otherwise; see the settings table for the meanings.
package struct QueueSettings: Sendable {
  /// Admissions a second that refill the bucket.
  package var admissionRate: Double
  /// The most admissions at once.
  package var admissionBurst: Int
  /// How long a grant is valid, and how long a repeated enter gets it again.
  package var grantTTL: Duration
  /// How long a waiting token keeps its place after its bearer's last sign of life.
  package var ticketTTL: Duration
  /// How long an event's keys outlive its last activity.
  package var eventTTL: Duration
  /// How long no one is admitted after the index was lost.
  package var rebuildWindow: Duration
  /// How long a person may be silent before being parked.
  package var presenceTTL: Duration
  /// The same within the first `burst` places, where the absent hold up all others.
  package var presenceHeadTTL: Duration
  /// The most people waiting in one event; 0 for no limit.
  package var queueLimit: Int
  /// Whether newcomers are refused when everything is sold.
  package var refusesWhenSoldOut: Bool
  /// How long a call lasts, unless the event says otherwise.
  package var readyTTL: Duration
  /// How long a session lives from one sign of life to the next.
  package var sessionTTL: Duration
  /// How long a session lives at most.
  package var sessionMax: Duration
  /// How many seats one person may take, who was admitted.
  package var seatsPerPerson: Int
  /// The most events: with so many, joining creates none but those that an operator named.
  package var eventLimit: Int
  /// Whether joining creates only events that an operator named.
  package var onlyNamedEvents: Bool
  /// Where the keys of all lines are.
  package var keys: KeySpace

  /// The defaults of the settings table, but for what is given.
  package init(
    admissionRate: Double = 10, admissionBurst: Int = 100, grantTTL: Duration = .seconds(30),
    ticketTTL: Duration = .seconds(6 * 3600), eventTTL: Duration = .seconds(24 * 3600),
    rebuildWindow: Duration = .seconds(25), presenceTTL: Duration = .seconds(60),
    presenceHeadTTL: Duration = .seconds(15), queueLimit: Int = 0, refusesWhenSoldOut: Bool = false,
    readyTTL: Duration = .seconds(60), sessionTTL: Duration = .seconds(600),
    sessionMax: Duration = .seconds(7200),
    seatsPerPerson: Int = 4, eventLimit: Int = 10_000, onlyNamedEvents: Bool = false,
    keys: KeySpace = .plain
  ) {
    self.admissionRate = admissionRate
    self.admissionBurst = admissionBurst
    self.grantTTL = grantTTL
    self.ticketTTL = ticketTTL
    self.eventTTL = eventTTL
    self.rebuildWindow = rebuildWindow
    self.presenceTTL = presenceTTL
    self.presenceHeadTTL = presenceHeadTTL
    self.queueLimit = queueLimit
    self.refusesWhenSoldOut = refusesWhenSoldOut
    self.readyTTL = readyTTL
    self.sessionTTL = sessionTTL
    self.sessionMax = sessionMax
    self.seatsPerPerson = seatsPerPerson
    self.eventLimit = eventLimit
    self.onlyNamedEvents = onlyNamedEvents
    self.keys = keys
  }

  /// How far apart the stamps of a waiting token are, µs: a person who polls always has one that is a
  /// good deal younger than ``ticketTTL``.
  var stampSteps: Int64 { max(1, ticketTTL.microseconds / 4) }
}
