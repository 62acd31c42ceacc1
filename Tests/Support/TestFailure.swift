/// What a test helper throws when the world is not as the test needs it: one line that says what
/// was expected, with all that is known about why it did not come.
public struct TestFailure: Error, CustomStringConvertible {
  /// The line.
  public let description: String

  /// A failure that reads as `description`.
  public init(_ description: String) {
    self.description = description
  }
}
