import Loop

/// What an operator set for one event: what is not here is as the flags say.
///
/// Values are the texts that Redis keeps, in `queue:settings:{E}` and, written by hand, in
/// `queue:state:{E}`. A text may make no sense: scripts pause such an event, by the same rule as
/// ``Field/isSensible(_:)``.
package struct EventSettings: Equatable, Sendable {
  /// One setting. The order is that in which scripts are told them.
  package enum Field: String, CaseIterable, Sendable {
    case rate
    case burst
    case state
    case admitWithinInventory = "admit_within_inventory"
    case queueLimit = "queue_limit"
    case soldOutJoin = "sold_out_join"
    case activeLimit = "active_limit"
    case readyTTL = "ready_ttl"
    case sessionTTL = "session_ttl"
    /// From then on people may join.
    case prequeueAt = "prequeue_at"
    /// From then on they are called.
    case opensAt = "opens_at"
    /// From then on neither is so.
    case closesAt = "closes_at"
  }

  /// The texts of the fields that are set.
  package private(set) var texts: [Field: String]

  /// Settings with these texts.
  package init(_ texts: [Field: String] = [:]) {
    self.texts = texts
  }

  /// Whether nothing is set.
  package var isEmpty: Bool { texts.isEmpty }

  /// The text of a field; nil if it is not set.
  package subscript(field: Field) -> String? {
    get { texts[field] }
    set { texts[field] = newValue }
  }

  /// The times that come before one that they must not come before; scripts pause such an event, too, by
  /// the same rule. Of texts that make no sense nothing is said here.
  package var disordered: [Field] {
    var found: [Field] = []
    var latest = Int64.min
    for field in Field.times {
      guard let text = texts[field], field.isSensible(text), let time = Int64(text) else {
        continue
      }
      if time < latest { found.append(field) }
      latest = max(latest, time)
    }
    return found
  }

  /// Those fields of `later` that are set, and the others as they are here.
  package func overridden(by later: EventSettings) -> EventSettings {
    EventSettings(texts.merging(later.texts) { $1 })
  }
}

extension EventSettings: CustomStringConvertible {
  /// `rate=50 state=paused`, for the log and the trail; empty if nothing is set.
  package var description: String {
    Field.allCases.compactMap { field in
      texts[field].map { "\(field.rawValue)=\(field.readable($0))" }
    }.joined(separator: " ")
  }
}

extension EventSettings.Field {
  /// Those that an operator may also write into `queue:state:{E}` by hand.
  package static let byHand: [Self] = [.rate, .burst, .state, .admitWithinInventory]

  /// Those that are times, in the order in which these must come.
  package static let times: [Self] = [.prequeueAt, .opensAt, .closesAt]

  /// What is allowed in Redis, as the end of "it takes …".
  package var allowed: String {
    switch self {
    case .rate: "0, or a number from 0.001 to 1000000"
    case .burst: "a number from 1 to 1000000"
    case .state: "open, paused or closed"
    case .admitWithinInventory: "yes or no"
    case .queueLimit, .activeLimit: "a whole number from 0 to 100000000"
    case .readyTTL: "a duration from 1s to 1h, such as 60s"
    case .sessionTTL: "a duration from 1s to 24h, such as 10m"
    case .soldOutJoin: "allow or refuse"
    case .prequeueAt, .opensAt, .closesAt:
      "a time, in milliseconds since 1970, with prequeue_at, opens_at, closes_at in this order"
    }
  }

  /// The text of a field as a person reads it: a time as ``WallTime`` writes it, others as they are.
  package func readable(_ text: String) -> String {
    guard Self.times.contains(self), isSensible(text), let time = Int64(text) else { return text }
    return WallTime(milliseconds: time).description
  }

  /// Whether `text` is allowed: the same rule as that of `operator.lua`.
  package func isSensible(_ text: String) -> Bool {
    guard text.utf8.count <= 64 else { return false }
    return switch self {
    case .rate: Self.decimal(text).map { $0 == 0 || (0.001...1_000_000).contains($0) } ?? false
    case .burst: Self.decimal(text).map { (1...1_000_000).contains($0) } ?? false
    case .state: ["open", "paused", "closed"].contains(text)
    case .admitWithinInventory: ["yes", "no"].contains(text)
    case .queueLimit, .activeLimit:
      Self.isDigits(text) && (Self.decimal(text).map { $0 <= 100_000_000 } ?? false)
    case .soldOutJoin: ["allow", "refuse"].contains(text)
    case .readyTTL: Self.duration(text).map { (1000...3_600_000).contains($0) } ?? false
    case .sessionTTL: Self.duration(text).map { (1000...86_400_000).contains($0) } ?? false
    case .prequeueAt, .opensAt, .closesAt:
      Self.isDigits(text)
        && (Self.decimal(text).map { (1e12...9e12).contains($0) } ?? false)
    }
  }

  /// Digits, perhaps a point and more digits, as flags are written; nil for anything else.
  private static func decimal(_ text: String) -> Double? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.allSatisfy(isDigits) ? Double(text) : nil
  }

  /// Milliseconds from a duration as flags are written; nil for anything else.
  private static func duration(_ text: String) -> Double? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let units = ["ms": 1.0, "s": 1000, "m": 60_000, "h": 3_600_000]
    guard !digits.isEmpty, let unit = units[String(text[digits.endIndex...])] else { return nil }
    return Double(digits).map { $0 * unit }
  }

  private static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}

/// The settings of an event as Redis keeps them.
package struct StoredSettings: Equatable, Sendable {
  /// A tick of the event, µs; 0 where there are none. The greater one is the later one.
  package var version: Int64
  /// Where they were deleted, when the note that this is so ends, µs of Redis time; else 0.
  package var until: Int64
  /// What is set.
  package var settings: EventSettings

  /// Whether an operator set the event up, be it as the flags say, and has not deleted that.
  package var isSet: Bool { version > 0 && until == 0 }

  /// What Redis keeps, or the given values for a test.
  package init(version: Int64 = 0, until: Int64 = 0, settings: EventSettings = EventSettings()) {
    self.version = version
    self.until = until
    self.settings = settings
  }
}

/// What an operator wants of the settings of an event: a new text for some fields, and others to be as
/// the flags say.
package struct SettingsPatch: Equatable, Sendable {
  /// What becomes of fields; nil takes the setting away.
  package private(set) var texts: [EventSettings.Field: String?]

  /// A change of these fields.
  package init(_ texts: [EventSettings.Field: String?] = [:]) {
    self.texts = texts
  }

  /// The change that takes away all settings but those that this one sets.
  package var replacingAll: SettingsPatch {
    let nothing = EventSettings.Field.allCases.map { ($0, String?.none) }
    return SettingsPatch(Dictionary(uniqueKeysWithValues: nothing).merging(texts) { $1 })
  }

  /// Sets a field, or takes it away if `text` is nil.
  package mutating func set(_ field: EventSettings.Field, to text: String?) {
    texts.updateValue(text, forKey: field)
  }
}
