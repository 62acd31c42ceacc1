import Loop

/// Settings, and where each of them came from.
package struct ParsedSettings: Sendable {
  /// What is in force.
  package let settings: Settings
  /// Environment variables that begin as ours do and set nothing, each with what was probably meant.
  package let unknownVariables: [String]
  /// Files with secrets that every user of the machine may read.
  package let openFiles: [String]

  /// The table, a row a setting, in order.
  package let rows: [SettingRow]

  /// Reads the settings from what was typed after the command, and from the environment. `cpus` is
  /// how many CPUs the process may use.
  package init(
    arguments: [String], environment: [String: String] = [:], cpus: Int = CPUBudget.current()
  ) throws(SettingsError) {
    try self.init(
      SettingsInput(
        arguments: arguments, environment: environment, cpus: cpus,
        known: Self.table.map(\.flag)))
  }

  init(_ input: SettingsInput) throws(SettingsError) {
    var reader = SettingsReader(input)
    settings = try Settings(from: &reader)
    rows = reader.rows
    openFiles = reader.secretFiles.filter { FileStamp($0)?.isReadableByAll == true }
    unknownVariables = UnknownVariables.described(in: input.environment.keys, settings: rows)
  }

  /// The table as it is when nothing is given.
  static let table: [SettingRow] = {
    do {
      return try ParsedSettings(SettingsInput()).rows
    } catch {
      fatalError("a default is not allowed: \(error)")
    }
  }()
}

extension ParsedSettings {
  /// What `usher check` says: what is in force, where it comes from, and what sets nothing.
  package var report: String {
    let lines =
      [SettingsText.report(rows)] + unknownVariables.map { "no setting: \($0)" }
      + openFiles.map { "every user of this machine may read \($0)" }
    return lines.joined(separator: "\n")
  }

  /// Every flag: how it is written, its environment variable, its default and its meaning.
  package static var help: String { SettingsText.help(table) }
}
