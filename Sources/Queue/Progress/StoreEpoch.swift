/// The epoch of a store, as `queue:epoch:{n}` holds it: by its being there a store shows that it has not
/// lost everything, and it says when the last loss was.
package struct StoreEpoch: Equatable, Sendable {
  /// When the store lost what it held, µs of Redis time; 0 if no one knows of a loss.
  package let lostAt: Int64
  private let name: UInt64

  /// A new epoch.
  package init(lostAt: Int64) {
    self.init(lostAt: lostAt, name: .random(in: 0 ... .max))
  }

  private init(lostAt: Int64, name: UInt64) {
    self.lostAt = lostAt
    self.name = name
  }

  /// Reads what ``bytes`` gave. Anything else is an epoch, too, of which no loss is known.
  init(_ bytes: [UInt8]) {
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "-")
    if parts.count == 2, let lostAt = Int64(parts[0]), (0...Self.latest).contains(lostAt),
      let name = UInt64(parts[1])
    {
      self.init(lostAt: lostAt, name: name)
    } else {
      // The same text is the same epoch.
      self.init(lostAt: 0, name: bytes.reduce(0) { $0 &* 31 &+ UInt64($1) })
    }
  }

  /// What is written down.
  package var bytes: [UInt8] { Array("\(lostAt)-\(name)".utf8) }

  /// A double holds it exactly.
  private static let latest: Int64 = 1 << 53
}
