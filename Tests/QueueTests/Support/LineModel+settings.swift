@testable import Queue

/// What operators set for an event, by the rules.
extension LineModel {
  // MARK: What is in force

  /// What Redis keeps goes before what somebody wrote by hand.
  private func text(_ field: EventSettings.Field) -> String? {
    stored.settings[field] ?? byHand[field]
  }

  /// The text, if it makes sense.
  private func sense(_ field: EventSettings.Field) -> String? {
    text(field).flatMap { field.isSensible($0) ? $0 : nil }
  }

  /// A text that makes no sense pauses the event.
  var isPaused: Bool {
    let makesSense = EventSettings.Field.allCases.allSatisfy { text($0) == nil || sense($0) != nil }
    return !makesSense || !isInOrder(stored.settings) || sense(.state) == "paused"
  }

  /// Whoever closed an event did not open it by mistyping something else.
  func isClosed(at now: Int64) -> Bool { sense(.state) == "closed" || now >= closes }

  /// Nobody is called before the event opens, or when it is over.
  func isCalling(at now: Int64) -> Bool { !isPaused && now >= opens && now < closes }

  func state(at now: Int64) -> String {
    if isPaused { return "paused" }
    return isClosed(at: now) ? "closed" : now < opens ? "upcoming" : "open"
  }

  /// From when people join, from when they are called, and until when both is so, µs.
  var prequeue: Int64 { time(.prequeueAt) ?? 0 }
  var opens: Int64 { time(.opensAt) ?? time(.prequeueAt) ?? 0 }
  var closes: Int64 { time(.closesAt) ?? .max }
  private func time(_ field: EventSettings.Field) -> Int64? {
    sense(field).map { 1000 * Int64($0)! }
  }
  private func isInOrder(_ settings: EventSettings) -> Bool {
    let times = [EventSettings.Field.prequeueAt, .opensAt, .closesAt].compactMap { field in
      settings[field].flatMap { field.isSensible($0) ? Int64($0)! : nil }
    }
    return times == times.sorted()
  }
  var rate: Double { sense(.rate).flatMap { Double($0) } ?? settings.admissionRate }
  var burst: Double {
    sense(.burst).flatMap { Double($0) } ?? Double(settings.admissionBurst)
  }
  var isBound: Bool { sense(.admitWithinInventory) == "yes" }
  var ownLimit: Int? { sense(.queueLimit).flatMap { Int($0) } }
  /// 0 for no limit.
  var activeLimit: Int { sense(.activeLimit).flatMap { Int($0) } ?? 0 }
  /// How long calls and sessions last, ms.
  var readyTTL: Int64 { sense(.readyTTL).map(Self.seconds) ?? settings.readyTTL.milliseconds }
  var sessionTTL: Int64 { sense(.sessionTTL).map(Self.seconds) ?? settings.sessionTTL.milliseconds }
  /// ms of what histories write: whole seconds.
  private static func seconds(_ text: String) -> Int64 { Int64(text.dropLast())! * 1000 }
  var refusesWhenSoldOut: Bool { sense(.soldOutJoin) == "refuse" }

  /// Whether an operator set anything for the event, or gave it something to sell.
  var isNamed: Bool {
    stored.isSet || !stored.settings.isEmpty || !byHand.isEmpty || seats != nil
  }

  // MARK: What is done

  /// Changes a setting, or takes it away if `text` is nil. `version` is the newest that the caller knows.
  mutating func change(
    _ field: EventSettings.Field, _ text: String?, version: Int64, at clock: Int64,
    knowing known: Knowledge
  ) -> SettingsScript.Change {
    var call = begin(at: clock, knowing: known)
    guard stored.version >= version else { return .rebuilding }
    var settings = stored.settings
    settings[field] = text
    if EventSettings.Field.times.contains(field), !isInOrder(settings) { return .disordered }
    _ = noticeLoss(nil, &call)
    call.last = max(call.last, stored.version)
    let before = stored
    stored.settings = settings
    stored.version = call.tick()
    stored.until = 0
    notePause(&call)
    save(call)
    return .changed(before: before, after: stored)
  }

  /// Takes all settings away; a note of that stays.
  mutating func delete(
    version: Int64, at clock: Int64, knowing known: Knowledge
  ) -> SettingsScript.Change {
    var call = begin(at: clock, knowing: known)
    guard stored.version >= version else { return .rebuilding }
    let hasPeople = !line.isEmpty || saved != nil && (stored.until == 0 || joined > 0)
    guard isNamed || hasPeople || saved != nil && !parked.isEmpty else { return .unknown }
    _ = noticeLoss(nil, &call)
    call.last = max(call.last, stored.version)
    let before = stored
    stored.settings = EventSettings()
    stored.version = call.tick()
    stored.until = call.now + settings.eventTTL.microseconds
    notePause(&call)
    save(call)
    return .changed(before: before, after: stored)
  }

  /// A sidecar looks, and remembers these settings: of what Redis has and what is remembered the later is
  /// both afterwards.
  mutating func lookAfterSettings(remembering memory: inout StoredSettings) {
    if memory.version > stored.version { stored = memory } else { memory = stored }
  }
}
