/// What a test helper throws when the world is not as the test needs it: one line that says what
/// was expected, with all that is known about why it did not come.
package struct TestFailure: Error, CustomStringConvertible {
  /// The line.
  package let description: String

  /// A failure that reads as `description`.
  package init(_ description: String) {
    self.description = description
  }
}
