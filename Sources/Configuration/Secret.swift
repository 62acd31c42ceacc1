/// A secret that was given: in a file, which can be read again, or by the environment.
package struct Secret<Value: Sendable>: Sendable {
  /// What it was at the start.
  package let value: Value
  /// The file that contains it; nil if the environment does.
  package let file: String?

  private let read: @Sendable () throws(SettingsError) -> Value

  /// A secret that `read` has found in the file, and would find again; no file: in the environment.
  init(
    _ value: Value, file: String?, read: @escaping @Sendable () throws(SettingsError) -> Value
  ) {
    self.value = value
    self.file = file
    self.read = read
  }

  /// What it is now: what the file contains, or what the environment did at the start. An error is
  /// the line that would refuse the file at the start. It may block, as files do.
  package func readAgain() throws(SettingsError) -> Value {
    try read()
  }
}
