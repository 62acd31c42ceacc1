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

  /// Whether a client can send it as it is in a field of a request: printable ASCII, with no space at
  /// either end, which would be taken off.
  ///
  /// Source: RFC 9110, section 5.5.
  var canBeSent: Bool {
    text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && text.first != " " && text.last != " "
  }

  /// The same for every text.
  package var description: String { "hidden" }

  /// Empty, so that `dump` and reflection show nothing either.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
