import Queue

/// The eight places of `queue:secrets`, as they were read.
struct SecretPlaces: Equatable {
  /// The fields of the hash.
  static let names = (1...8).map(String.init)

  private let fields: [[UInt8]?]

  /// Places that say `fields`, one for each of ``names``; nil is a place that says nothing.
  init(_ fields: [[UInt8]?]) {
    self.fields = fields
  }

  /// What they say.
  var entries: [SecretEntry] { fields.compactMap { $0.flatMap { SecretEntry($0) } } }

  /// The places that say what is no secret. They are left alone: another version may know better.
  var unreadable: [String] {
    zip(Self.names, fields).filter { $1 != nil && $1.flatMap { SecretEntry($0) } == nil }.map(\.0)
  }

  /// How many secrets there is room for.
  var room: Int { Self.names.count - unreadable.count }

  /// What must be written so that the places say `entries`, at most ``room``. What else they say stays, as
  /// far as it is not in the way.
  func changes(toSay entries: [SecretEntry]) -> [SecretsScript.Change] {
    var missing = entries
    var changes: [SecretsScript.Change] = []
    var free: [(name: String, found: [UInt8])] = []
    for (name, field) in zip(Self.names, fields) {
      guard let field else {
        free.append((name, []))
        continue
      }
      guard let said = SecretEntry(field) else { continue }
      guard let at = missing.firstIndex(where: { $0.id == said.id }) else {
        free.append((name, field))
        continue
      }
      let entry = missing.remove(at: at)
      // An operator may write it otherwise.
      if entry != said { changes.append(.init(place: name, found: field, text: entry.text)) }
    }
    free.sort { $0.found.isEmpty && !$1.found.isEmpty }
    for (entry, place) in zip(missing, free) {
      changes.append(.init(place: place.name, found: place.found, text: entry.text))
    }
    return changes
  }
}
