/// What a client sends with a join and its retries, so that they find one place: 1 to 255 visible ASCII
/// characters.
package struct IdempotencyKey: Hashable, Sendable {
  let text: String

  /// Nil if `text` is no such key.
  package init?(_ text: String) {
    guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    self.text = text
  }
}
