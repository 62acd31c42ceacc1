import Redis

/// `secrets.lua`: places of `queue:secrets` are written, if no other sidecar was first.
package enum SecretsScript {
  /// What one place is to say.
  package struct Change: Equatable, Sendable {
    /// The field of the hash.
    package let place: String
    /// What the caller read there; empty for nothing.
    package let found: [UInt8]
    /// What it says from then on.
    package let text: String

    /// A place that said `found`, and is to say `text`.
    package init(place: String, found: [UInt8], text: String) {
      self.place = place
      self.found = found
      self.text = text
    }
  }

  /// What the script returns.
  package struct Reply: ScriptReply, Equatable {
    /// Whether it was written.
    package let isDone: Bool

    /// Reads `reply`.
    package init?(_ reply: Redis.Reply) {
      guard reply.count == 1, let kind = reply.leadingInteger, kind == 0 || kind == 1 else {
        return nil
      }
      isDone = kind == 1
    }
  }

  /// What the script is told.
  package static func arguments(_ changes: [Change]) -> [Argument] {
    changes.flatMap { change -> [Argument] in
      [.text(change.place), .bytes(change.found), .text(change.text)]
    }
  }
}
