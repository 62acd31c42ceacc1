import Redis

/// `settings.lua`: reads, changes or writes back what operators set for an event.
enum SettingsScript {
  /// What it says when it reads.
  struct Reading: Equatable {
    let stored: StoredSettings
    let live: LiveEvent
    /// Whether anyone ever joined the event, or set something, and that has not ended.
    let isKnown: Bool
  }

  /// What it says when it changes.
  enum Change: Equatable {
    case changed(before: StoredSettings, after: StoredSettings)
    /// The settings have another version than the caller expects.
    case stale(version: Int64)
    /// What was lost has yet to be written back.
    case rebuilding
    /// The times would not come one after another.
    case disordered
    /// There is nothing to delete.
    case unknown
  }

  /// What the script is told to read.
  static func reading(_ event: EventArguments, _ known: Knowledge) -> [Argument] {
    var list = event.list(known, reserving: 1)
    list.append(.text("read"))
    return list
  }

  /// What it is told to change.
  ///
  /// - Parameters:
  ///   - version: The newest that the caller knows.
  ///   - author: Who changes it, and the trace id by which the log has it, for the trail.
  static func changing(
    _ event: EventArguments, _ known: Knowledge, _ patch: SettingsPatch,
    if condition: SettingsCondition, version: Int64, author: Author
  ) -> [Argument] {
    var list = event.list(known, reserving: 5 + 2 * patch.texts.count)
    append("change", condition, version, author, to: &list)
    for (field, text) in patch.texts {
      list.append(.text(field.rawValue))
      list.append(.text(text ?? ""))
    }
    return list
  }

  /// What it is told to delete all settings; see ``changing(_:_:_:if:version:author:)``.
  static func deleting(
    _ event: EventArguments, _ known: Knowledge, if condition: SettingsCondition, version: Int64,
    author: Author
  ) -> [Argument] {
    var list = event.list(known, reserving: 5)
    append("delete", condition, version, author, to: &list)
    return list
  }

  private static func append(
    _ operation: String, _ condition: SettingsCondition, _ version: Int64, _ author: Author,
    to list: inout [Argument]
  ) {
    list.append(.text(operation))
    list.append(.integer(version))
    list.append(.text(condition.text))
    list.append(.text(author.name))
    list.append(.text(author.traceID))
  }

  /// What it is told to write back; it says what is there then.
  static func writingBack(
    _ event: EventArguments, _ known: Knowledge, _ stored: StoredSettings
  ) -> [Argument] {
    var list = event.list(known, reserving: 3 + 2 * stored.settings.texts.count)
    list.append(.text("write back"))
    list.append(.integer(stored.version))
    list.append(.integer(stored.until))
    for (field, text) in stored.settings.texts {
      list.append(.text(field.rawValue))
      list.append(.text(text))
    }
    return list
  }
}

extension SettingsCondition {
  /// As `settings.lua` takes it.
  fileprivate var text: String {
    switch self {
    case .none: ""
    case .exists: "*"
    case .version(let versions): " " + versions.map { "\($0) " }.joined()
    }
  }
}

extension SettingsScript.Reading: ScriptContent {
  init?(_ reply: Redis.Reply) {
    guard reply.leadingInteger == 1, reply.count == 5, let stored = StoredSettings(list: reply[3]),
      let live = LiveEvent(reply[4]), let isKnown = reply[4][9].integer
    else { return nil }
    self.init(stored: stored, live: live, isKnown: isKnown == 1)
  }
}

extension SettingsScript.Change: ScriptContent {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 5) where reply[3].isText("STALE"):
      guard let version = reply[4].whole else { return nil }
      self = .stale(version: version)
    case (0, 4) where reply[3].isText("REBUILDING"): self = .rebuilding
    case (0, 4) where reply[3].isText("DISORDERED"): self = .disordered
    case (0, 4) where reply[3].isText("UNKNOWN"): self = .unknown
    case (1, 5):
      guard let before = StoredSettings(list: reply[3]), let after = StoredSettings(list: reply[4])
      else { return nil }
      self = .changed(before: before, after: after)
    default: return nil
    }
  }
}

extension StoredSettings: ScriptContent {
  init?(_ reply: Redis.Reply) {
    guard reply.leadingInteger == 1, reply.count == 4 else { return nil }
    self.init(list: reply[3])
  }

  /// Reads what `settings.lua` calls settings.
  fileprivate init?(list reply: Redis.Reply) {
    let elements = reply.elements
    guard elements.count >= 2, elements.count.isMultiple(of: 2), let version = elements[0].whole,
      let until = elements[1].whole
    else { return nil }
    var settings = EventSettings()
    for place in stride(from: 2, to: elements.count, by: 2) {
      guard let field = elements[place].text.flatMap(EventSettings.Field.init) else { return nil }
      settings[field] = elements[place + 1].settingText
    }
    self.init(version: version, until: until, settings: settings)
  }

  /// The fields of the hash that ``init(hash:)`` reads.
  static let hashFields = ["version", "until"] + EventSettings.Field.allCases.map(\.rawValue)

  /// Reads what HMGET brings of ``hashFields``; nil if it is of another shape.
  init?(hash reply: Redis.Reply) {
    guard reply.count == Self.hashFields.count else { return nil }
    let settings = EventSettings(EventSettings.Field.allCases, hash: reply, from: 2)
    self.init(version: reply[0].version, until: reply[1].version, settings: settings)
  }
}

extension EventSettings {
  /// Reads what HMGET brings of these fields, which begin at a place of the reply.
  init(_ fields: [Field], hash reply: Redis.Reply, from place: Int = 0) {
    self.init()
    for (number, field) in fields.enumerated() {
      self[field] = reply[place + number].settingText
    }
  }
}

extension Redis.Reply {
  /// A setting as it was written, or its beginning: what is longer, or no text, makes no sense, and
  /// what is told of it does not either. Nil if there is none.
  fileprivate var settingText: String? {
    withBytes { bytes in
      bytes.map { String(decoding: $0.prefix(64), as: UTF8.self) + ($0.count > 64 ? "…" : "") }
    }
  }

  /// A version; 0 for anything that is none.
  fileprivate var version: Int64 {
    whole.map { $0 > 0 ? $0 : 0 } ?? 0
  }
}

extension LiveEvent {
  /// Reads what `settings.lua` says of an event besides its settings.
  fileprivate init?(_ reply: Redis.Reply) {
    guard reply.count == 14, let time = reply[0].whole, let waiting = reply[1].whole,
      let state = reply[2].text.flatMap(LineSnapshot.EventState.init),
      let joined = reply[3].whole, let admitted = reply[4].whole, let rate = reply[5].amount,
      let tokens = reply[6].amount, let isSoldOut = reply[7].integer, let left = reply[8].whole,
      let ready = reply[10].whole, let inside = reply[11].whole, let parked = reply[12].whole,
      let noShows = reply[13].whole
    else { return nil }
    self.init(
      time: time, state: state, waiting: waiting, ready: ready, inside: inside, parked: parked,
      joined: joined, admitted: admitted, noShows: noShows, rate: rate, tokens: tokens,
      isSoldOut: isSoldOut == 1, remaining: left < 0 ? nil : left)
  }
}
