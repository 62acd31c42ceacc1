import Glibc
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
    let bytes = isPath ? try contents() : Array(text.utf8)
    if bytes.starts(with: Self.byteOrderMark) {
      throw SettingsError(
        "\(shown) begins with a byte-order mark, which would be a part of the secret; "
          + "write it as UTF-8 without one")
    }
    if let value = parse(bytes) { return value }
    throw isPath
      ? SettingsError(name, text, takes: "a file with \(allowed)")
      : SettingsError(hiding: name, takes: allowed)
  }

  /// What some editors put before text, unseen.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private var shown: String { isPath ? "\(name): \(quoted(text))" : "\(name): its value" }

  private func contents() throws(SettingsError) -> [UInt8] {
    do {
      return try readFile(text)
    } catch {
      let reason = error.code == EFBIG ? "it is longer than 64 KiB" : "\(error)"
      throw SettingsError(
        "\(name): cannot read \(quoted(text)) (\(reason)); it takes a file with \(allowed)")
    }
  }
}
