import Redis

/// What one sidecar knows of the settings of every event, and what it does about what it finds: it
/// remembers the newest, so that a loss can be mended, and says once what changed and what makes no
/// sense.
///
/// A value without I/O: what is found comes in, what is to be done comes back.
package struct SettingsWatch {
  /// What is in Redis about one event.
  package struct Finding: Equatable {
    /// `queue:settings:{E}`.
    package var stored: StoredSettings
    /// What an operator wrote into `queue:state:{E}`.
    package var byHand: EventSettings

    /// What a sidecar found.
    package init(stored: StoredSettings, byHand: EventSettings = EventSettings()) {
      self.stored = stored
      self.byHand = byHand
    }
  }

  /// A text that makes no sense, and where it stands.
  package struct Nonsense: Equatable, Sendable {
    /// The setting.
    package let field: EventSettings.Field
    /// What stands there.
    package let text: String
    /// Whether it stands in `queue:state:{E}`, and not in `queue:settings:{E}`.
    package let isInState: Bool

    /// The key in which it stands.
    package func key(of event: EventID, in space: KeySpace) -> Key {
      let keys = EventKeys(event, in: space)
      return isInState ? keys.state : keys.settings
    }
  }

  /// What is to be done about a finding.
  package enum Action: Equatable {
    /// Redis has less than is remembered: write this back.
    case writeBack(StoredSettings)
    /// An operator changed `queue:settings:{E}`, or `queue:state:{E}`, without this API: what counted
    /// before, and what counts now.
    case changedByHand(before: EventSettings, after: EventSettings)
    /// The event is paused for the sake of these from now on; for none, no longer.
    case nonsense([Nonsense])
  }

  private struct Entry {
    var stored: StoredSettings
    /// Nil until this sidecar has looked.
    var byHand: EventSettings?
    var nonsense: [Nonsense] = []

    /// What an operator set, wherever; nil until that is known.
    var inForce: EventSettings? { byHand.map { $0.overridden(by: stored.settings) } }
  }

  private var entries: [EventID: Entry] = [:]

  /// A watch that has seen nothing yet.
  package init() {}

  /// The newest version known of an event's settings; 0 if none is.
  package func version(of event: EventID) -> Int64 { entries[event]?.stored.version ?? 0 }

  /// The newest settings known of an event; nil if none are.
  package func stored(of event: EventID) -> StoredSettings? { entries[event]?.stored }

  /// The events that have settings, or a note that they have none any more.
  package var events: [EventID] {
    entries.filter { $0.value.stored.version > 0 }.map(\.key)
  }

  /// How many texts of an event make no sense, as far as is known.
  package func nonsense(of event: EventID) -> Int { entries[event]?.nonsense.count ?? 0 }

  /// Forgets the events of which only what is in their state is known, but for these.
  package mutating func keep(_ events: Set<EventID>) {
    entries = entries.filter { $0.value.stored.version > 0 || events.contains($0.key) }
  }

  /// This sidecar itself changed an event's settings, or wrote them back: they are these now.
  package mutating func wrote(_ stored: StoredSettings, of event: EventID) {
    var entry = entries[event] ?? Entry(stored: stored)
    guard stored.version >= entry.stored.version else { return }
    entry.stored = stored
    entries[event] = entry
  }

  /// Takes in what Redis has of an event at `time`, µs of Redis time.
  package mutating func found(
    _ finding: Finding, of event: EventID, at time: Int64
  ) -> [Action] {
    var actions: [Action] = []
    var entry = entries[event] ?? Entry(stored: finding.stored)
    if finding.stored.version >= entry.stored.version {
      let before = entry.inForce
      let isNewer = finding.stored.version > entry.stored.version
      (entry.stored, entry.byHand) = (finding.stored, finding.byHand)
      // The sidecar that made a new version has told of it.
      if let before, let after = entry.inForce, before != after, !isNewer {
        actions.append(.changedByHand(before: before, after: after))
      }
    } else if entry.stored.until > 0, entry.stored.until <= time {
      // Not lost: it has ended.
      entry.stored = finding.stored
    } else {
      actions.append(.writeBack(entry.stored))
    }
    let nonsense = Self.nonsense(in: finding)
    if nonsense != entry.nonsense { actions.append(.nonsense(nonsense)) }
    entry.nonsense = nonsense
    entries[event] = entry
    return actions
  }

  /// What counts, and makes no sense.
  private static func nonsense(in finding: Finding) -> [Nonsense] {
    let disordered = finding.stored.settings.disordered
    return EventSettings.Field.allCases.compactMap { field in
      let own = finding.stored.settings[field]
      guard let text = own ?? finding.byHand[field],
        !field.isSensible(text) || disordered.contains(field)
      else { return nil }
      return Nonsense(field: field, text: text, isInState: own == nil)
    }
  }
}
