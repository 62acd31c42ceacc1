/// Settings, and where each of them came from.
package struct ParsedSettings: Sendable {
  /// What is in force.
  package let settings: Settings
  /// Environment variables that look like misspelt settings, each with what was meant.
  package let suspects: [Suspect]

  /// The table, a row a setting, in order.
  package let rows: [SettingRow]

  /// An environment variable that no setting reads, but almost.
  package struct Suspect: Equatable, Sendable {
    /// What is set.
    package let variable: String
    /// What was probably meant.
    package let meant: String
  }

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
    suspects = Self.suspects(in: input.environment.keys, known: rows.map(\.variable))
  }

  /// The table as it is when nothing is given.
  static let table: [SettingRow] = {
    do {
      return try ParsedSettings(SettingsInput()).rows
    } catch {
      fatalError("a default is not allowed: \(error)")
    }
  }()

  /// Only what is a slip or two away from a setting: others may well call their variables
  /// `USHER_…`, Kubernetes among them, for a service of that name.
  private static func suspects(
    in variables: some Sequence<String>, known: [String]
  ) -> [Suspect] {
    let foreign = variables.filter { $0.hasPrefix("USHER_") && !known.contains($0) }
    return foreign.sorted().compactMap { variable in
      known.first { Spelling.distance(variable, $0) <= 2 }
        .map { Suspect(variable: variable, meant: $0) }
    }
  }
}

extension ParsedSettings {
  /// What `usher check` says: what is in force, where it comes from, and what looks like a slip.
  package var report: String {
    let slips = suspects.map { "\($0.variable) is no setting; did you mean \($0.meant)?" }
    return ([SettingsText.report(rows)] + slips).joined(separator: "\n")
  }

  /// Every flag: how it is written, its environment variable, its default and its meaning.
  package static var help: String { SettingsText.help(table) }
}
