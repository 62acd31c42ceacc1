import Testing

/// A script with one rule changed, which the histories of a model must find.
package struct ScriptMutant: CustomTestStringConvertible, Sendable {
  /// What the script does then.
  package let testDescription: String
  private let text: String
  private let replacement: String

  /// The script in which `replacement` stands instead of `text`.
  package init(_ description: String, _ text: String, _ replacement: String) {
    (testDescription, self.text, self.replacement) = (description, text, replacement)
  }

  /// Whether there is such a rule in `script`.
  package func changes(_ script: String) -> Bool { script.contains(text) }

  /// The script with the rule changed.
  package func applied(to script: String) -> String {
    script.replacing(text, with: replacement)
  }
}
