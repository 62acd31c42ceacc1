/// One line of the settings table, as the help and `usher check` show it.
package struct SettingRow: Equatable {
  /// The heading it stands under.
  let section: String
  /// What people type after `--`.
  let flag: String
  /// The environment variable that stands for it.
  let variable: String
  /// Stands for the value in the help.
  let placeholder: String
  /// What is in force when nothing is given.
  let fallback: String
  /// What it does.
  let meaning: String
  /// What is in force, or "hidden".
  let value: String
  /// Where the value comes from.
  let origin: Origin

  /// Where a value comes from: a flag beats the environment, which beats the default.
  enum Origin: Equatable {
    case flag
    case environment
    case `default`
  }

  /// What an error calls the setting: by the name under which it was given.
  var name: String { origin == .environment ? variable : "--\(flag)" }
}
