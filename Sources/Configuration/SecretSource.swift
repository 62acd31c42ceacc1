import Logging
import Loop

/// Where a secret stands: in a file, or in the environment variable itself.
struct SecretSource: Sendable {
  /// What errors call it: the flag or the variable.
  let name: String
  /// The file's path, or the secret.
  let text: String
  let isPath: Bool
  /// What it may be, as the end of "it takes …".
  let allowed: String
  let readFile: @Sendable (String) throws(SystemError) -> [UInt8]

  /// What `parse` makes of it. Errors quote the path, and nothing of the secret.
  func read<Value>(_ parse: ([UInt8]) -> Value?) throws(SettingsError) -> Value {
    if let value = parse(isPath ? try contents() : Array(text.utf8)) { return value }
    throw isPath
      ? SettingsError(name, text, takes: "a file with \(allowed)")
      : SettingsError(hiding: name, takes: allowed)
  }

  private func contents() throws(SettingsError) -> [UInt8] {
    do {
      return try readFile(text)
    } catch {
      throw SettingsError(
        "\(name): cannot read \(quoted(text)) (\(error)); it takes a file with \(allowed)")
    }
  }
}
