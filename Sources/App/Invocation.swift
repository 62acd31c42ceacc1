import Configuration
import Logging

/// What an operator asked usher to do.
package enum Invocation: Sendable {
  /// Run.
  case serve(ParsedSettings)
  /// Print this text and be done.
  case say(String)

  /// Understands what was typed after the program's name. `cpus` is how many CPUs the process may
  /// use.
  package init(
    arguments: [String], environment: [String: String], cpus: Int = CPUBudget.current()
  ) throws(SettingsError) {
    let command = arguments.first ?? ""
    let flags = Array(arguments.dropFirst())
    switch command {
    case "help", "--help", "-h": self = .say(Self.help)
    case "version", "--version": self = .say("usher \(Version.current)")
    case "serve", "check":
      if flags.contains("--help") || flags.contains("-h") {
        self = .say(Self.flagsHelp)
        return
      }
      let parsed = try ParsedSettings(arguments: flags, environment: environment, cpus: cpus)
      self = command == "serve" ? .serve(parsed) : .say(parsed.report)
    case "": throw SettingsError("no command is given; it takes serve, check or --help")
    default:
      throw SettingsError(
        "\(quoted(command)) is no command; it takes serve, check or --help")
    }
  }

  private static let help = """
    usher holds the queue at the door.

      usher serve [--flag value]...   run until SIGTERM or SIGINT
      usher check [--flag value]...   say which settings are in force, or what is wrong with them
      usher serve --help              all flags
      usher --version

    Exit codes: 0 all is well, 1 it ended badly, 2 what was asked is refused.
    """

  private static let flagsHelp =
    """
    usher serve [--flag value | --flag=value]...
    usher check [--flag value | --flag=value]...

    Below each flag stands its environment variable. The flag beats the variable, the variable beats
    the default; an empty variable is not there. Durations are whole numbers with a unit: 500ms, 2s,
    1m, 6h.

    """ + ParsedSettings.help
}
