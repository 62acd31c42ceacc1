import Redis

/// One entry of an event's stream, copied out of Redis' reply.
package struct Entry: Equatable, Sendable {
  /// Its place in the stream.
  package let id: StreamID
  /// What the event's epoch was; "0" where the event had none yet.
  package let epoch: String
  /// Name, value, name, value…, in the order of the stream.
  package let fields: [String]
  /// Whether it can be delivered at all: its texts are UTF-8 without NUL, and it has as many values as
  /// names.
  package let isSound: Bool

  /// An entry with these fields, names and values in turn.
  package init(_ id: StreamID, _ fields: [String], isSound: Bool = true) {
    self.id = id
    self.fields = fields
    var epoch = "0"
    if fields.count > 1, fields[0] == "epoch", !fields[1].isEmpty { epoch = fields[1] }
    self.epoch = epoch
    self.isSound = isSound && fields.count.isMultiple(of: 2)
  }

  /// The value of the first field of that name.
  package func value(_ name: String) -> String? {
    var index = 0
    while index + 1 < fields.count {
      if fields[index] == name { return fields[index + 1] }
      index += 2
    }
    return nil
  }
}

extension Entry {
  /// Reads the entries that `XRANGE` returns; nil if it is something else.
  static func all(in reply: Reply) -> [Entry]? {
    guard reply.kind == .array else { return nil }
    var entries: [Entry] = []
    entries.reserveCapacity(reply.count)
    for element in reply.elements {
      guard let entry = Entry(element) else { return nil }
      entries.append(entry)
    }
    return entries
  }

  private init?(_ reply: Reply) {
    let parts = reply.elements
    guard parts.count == 2, let id = parts[0].text.flatMap({ StreamID($0) }) else { return nil }
    var isSound = true
    let fields = parts[1].elements.map { field in
      if let text = field.text, !text.utf8.contains(0) { return text }
      isSound = false
      let bytes = (field.bytes ?? []).map { $0 == 0 ? UInt8(ascii: "?") : $0 }
      return String(decoding: bytes, as: UTF8.self)
    }
    self.init(id, fields, isSound: isSound)
  }
}
