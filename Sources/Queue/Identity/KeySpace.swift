import Redis

/// The keys of one environment: the names of all of them begin alike. Two environments that share a
/// Redis have no key in common unless one's prefix begins the other's names.
///
/// All keys are built here and nowhere else: two operations cannot disagree about a name.
package struct KeySpace: Equatable, Sendable {
  /// What every name begins with; empty by default.
  package let prefix: String

  /// The longest prefix, in bytes.
  package static let longestPrefix = 64
  /// Names without a prefix.
  package static let plain = KeySpace(unchecked: "")

  /// Nil if `prefix` is empty, too long, or has other characters than letters, digits and `. _ - : /`:
  /// braces would move the hash tag, and patterns of ACLs have wildcards.
  package init?(prefix: String) {
    let isPlain = prefix.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      // From the dot over the slash and the digits to the colon.
      case UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"): true
      default: false
      }
    }
    guard isPlain, (1...Self.longestPrefix).contains(prefix.utf8.count) else { return nil }
    self.init(unchecked: prefix)
  }

  private init(unchecked prefix: String) {
    self.prefix = prefix
  }

  /// The key of that name which belongs to no event.
  package func key(_ name: StaticString) -> Key {
    Key("\(prefix)\(name)")
  }

  /// The key of one kind that belongs to one event, `kind:{event}`.
  ///
  /// All keys of an event carry `{event}` and so share one hash slot, which lets a script touch several
  /// of them at once on a cluster.
  ///
  /// Source: the Redis cluster specification, "Hash tags".
  package func key(_ kind: StaticString, of event: EventID) -> Key {
    Key("\(prefix)\(kind):{\(event)}")
  }

  /// The key of one kind that belongs to one number, `kind:{number}`, in the number's hash slot.
  func key(_ kind: StaticString, of number: Int) -> Key {
    Key("\(prefix)\(kind):{\(number)}")
  }
}
