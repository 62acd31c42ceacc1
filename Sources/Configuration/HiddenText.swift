/// Text that only its user may see, such as a password: printing it prints none of it.
package struct HiddenText: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  /// The text itself; never for a log.
  package let text: String

  /// One line as a person wrote it, in a file or in the environment: one newline at the end is not
  /// part of it. Nil if the line is empty, not UTF-8, or more than one.
  init?(written contents: [UInt8]) {
    guard var text = String(validating: contents, as: UTF8.self) else { return nil }
    if text.last?.isNewline == true { text.removeLast() }
    if text.isEmpty || text.contains(where: \.isNewline) { return nil }
    self.text = text
  }

  /// The same for every text.
  package var description: String { "hidden" }

  /// Empty, so that `dump` and reflection show nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
