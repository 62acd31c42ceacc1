/// One entry of an event's audit trail.
package struct TrailEntry: Equatable, Sendable {
  /// Its name in the stream: ms and a number.
  package let id: String
  /// What it says: `op` is what happened.
  package let fields: [String: String]

  /// When it was written, ms of Redis time; 0 if the id does not tell.
  package var time: Int64 { id.split(separator: "-").first.flatMap { Int64($0) } ?? 0 }

  /// Whether `text` can be the id of an entry.
  package static func isID(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        (1...20).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
      }
  }

  /// What happened; empty if the entry does not say.
  package var operation: String { fields["op"] ?? "" }
}
