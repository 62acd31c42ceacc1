import Logging

/// What is wrong with what was typed or set in the environment, in one line that names the setting,
/// the value and what is allowed.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
  /// The line, without a line break.
  package let description: String

  /// An error in one line.
  package init(_ line: String) {
    description = line
  }

  /// `name` was given `value`, which is not one of `allowed`.
  init(_ name: String, _ value: String, takes allowed: String) {
    self.init("\(name): \(quoted(value)) is not allowed; it takes \(allowed)")
  }

  /// The same for a value that must not be shown.
  init(hiding name: String, takes allowed: String) {
    self.init("\(name): its value is not allowed; it takes \(allowed)")
  }
}
