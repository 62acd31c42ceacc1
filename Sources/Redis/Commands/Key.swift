/// The name of a key in Redis, sent as it is, in UTF-8.
///
/// To be made once and kept: where the key lives in a cluster is computed with it.
package struct Key: Hashable, Sendable, CustomStringConvertible {
  /// What Redis sees.
  package let text: String
  /// Its hash slot, 0 to 16,383, which decides on which node of a cluster it lives.
  package let slot: UInt16

  /// A key of that name.
  package init(_ text: String) {
    self.text = text
    slot = Slot.of(text.utf8)
  }

  /// The name.
  package var description: String { text }
}
