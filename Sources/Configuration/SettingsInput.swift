import Glibc
import Logging
import Loop

/// All that settings are made of: what was typed, the environment, and the machine.
struct SettingsInput: Sendable {
  /// What was typed after each flag.
  var flags: [String: String] = [:]
  /// The environment's variables, also those that are not ours.
  var environment: [String: String] = [:]
  /// How many CPUs the process may use.
  var cpus = 1
  /// Reads a file as a whole.
  var readFile: @Sendable (String) throws(SystemError) -> [UInt8] = SmallFile.read
}

extension SettingsInput {
  /// Takes the flags from what was typed: `--flag value` or `--flag=value`, each at most once.
  init(
    arguments: [String], environment: [String: String], cpus: Int, known: [String]
  ) throws(SettingsError) {
    self.init(environment: environment, cpus: cpus)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else {
        throw SettingsError("\(quoted(argument)) is no flag; flags begin with --")
      }
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let flag = String(parts[0])
      guard known.contains(flag) else {
        let nearest = Spelling.nearest(to: flag, in: known).map { "; did you mean --\($0)?" } ?? ""
        throw SettingsError("\(quoted("--" + flag)) is no flag of usher\(nearest)")
      }
      guard flags[flag] == nil else { throw SettingsError("--\(flag) is given twice") }
      if parts.count == 2 {
        flags[flag] = String(parts[1])
      } else if let value = rest.first, !value.hasPrefix("--") {
        flags[flag] = rest.removeFirst()
      } else {
        throw SettingsError("--\(flag) needs a value: --\(flag)=VALUE or --\(flag) VALUE")
      }
    }
  }
}
