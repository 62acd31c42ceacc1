import Glibc
import Logging
import Loop
import Queue

extension RelaySettings {
  /// The table of settings of `usher-relay serve`; see that of ``Settings``. Those of Redis are usher's own.
  init(from setting: inout SettingsReader) throws(SettingsError) {
    setting.section("Redis")
    redisURL = try setting.optional(
      "redis-url", .redisURL, none: "none", "The Redis of the sidecars:")
    redisUsername = try setting.optional(
      "redis-username", .text("NAME", "the name of an ACL user"), none: "none",
      "ACL user of --redis-url.")
    redisPassword = try setting.secret(
      "redis-password", none: "none", "Password of --redis-url.", takes: "a password, in one line",
      parse: HiddenText.init(written:))
    let tls = try TLSFlags(from: &setting)
    redisKeyPrefix = try setting.optional(
      "redis-key-prefix", .keyPrefix, none: "none",
      "What the names of all keys begin with, as with the sidecars.")
    redisTimeout = try setting(
      "redis-timeout", .duration(.milliseconds(1)...(.minutes(1))), default: .seconds(2),
      "How long a command may take.")

    setting.section("Delivery")
    to = try setting.optional(
      "to", .sinkURL, none: "none",
      "Where to deliver to. The password may be in a file that PGPASSFILE names instead:")
    sinkName = try setting(
      "sink-name", .text("NAME", "a word of letters and digits"), default: "postgresql",
      "What metrics and Redis call it; each --to of a queue has a name of its own.")
    sales =
      try setting("sales", .choice(YesOrNo.self), default: .on, "Whether to deliver sales:")
      == .on
    people =
      try setting(
        "people", .choice(YesOrNo.self), default: .off,
        "Whether to deliver each change of a person's state:") == .on
    batch = try setting(
      "batch", .count(1...10_000), default: 1000, "Most entries in one transaction.")
    poolMax = try setting(
      "pool-max", .count(1...100), default: 4, "Most connections to --to.")
    sinkTimeout = try setting(
      "sink-timeout", .duration(.seconds(1)...(.minutes(10))), default: .seconds(30),
      "How long one transaction may take.")
    name = try setting(
      "name", .text("NAME", "a text without spaces"), default: Self.ownName,
      called: "host and process", "Names this relay among those that share the events.")

    setting.section("Metrics and logs")
    adminListen = try setting(
      "admin-listen", .address, default: .tcp(host: "0.0.0.0", port: 9091),
      "Where /metrics, /livez and /readyz are served:")
    logLevel = try setting(
      "log-level", .choice(), default: .info, "The least that is logged:")
    logFormat = try setting(
      "log-format", .choice(), default: .json, "How a line of the log is written:")
    redisTLS = try tls.context(for: redisURL, setting)
    try check()
  }

  private func check() throws(SettingsError) {
    for (name, value) in [("name", name), ("sink-name", sinkName)]
    where value.contains(where: { $0.isWhitespace || $0 == ":" || $0 == "/" }) {
      throw SettingsError("--\(name): takes no space, colon or slash")
    }
    if !sales, !people {
      throw SettingsError(
        "--sales off and --people off leave nothing to deliver; it takes one of them")
    }
  }

  /// Unique among processes that run now.
  private static var ownName: String {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, 255)
    let end = host.firstIndex(of: 0) ?? 0
    let text = String(decoding: host[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(text)-\(getpid())-\(UInt32.random(in: 0 ..< .max))"
  }
}

/// What was asked of `usher-relay`.
package enum RelayInvocation: Sendable {
  case serve(RelaySettings)
  case listDeadLetters(at: SinkURL)
  case retryDeadLetters(at: SinkURL)
  case schema
  case say(String)

  /// Understands what was typed after the program's name.
  package init(arguments: [String], environment: [String: String]) throws(SettingsError) {
    let flags = Array(arguments.dropFirst())
    switch arguments.first ?? "" {
    case "help", "--help", "-h": self = .say(Self.help)
    case "version", "--version": self = .say("usher-relay \(RelaySettings.version)")
    case "schema" where flags.isEmpty: self = .schema
    case "serve":
      if flags.contains("--help") || flags.contains("-h") {
        self = .say(SettingsText.help(Self.table))
        return
      }
      let settings = try Self.settings(flags, environment)
      guard settings.redisURL != nil else {
        throw SettingsError("--redis-url is missing; it takes the Redis of the sidecars")
      }
      guard settings.to != nil else {
        throw SettingsError("--to is missing; it takes \(SettingFormat<SinkURL>.sinkURL.allowed)")
      }
      self = .serve(settings)
    case "dead-letters":
      let settings = try Self.settings(Array(flags.dropFirst()), environment)
      guard let url = settings.to else {
        throw SettingsError("--to is missing; it takes \(SettingFormat<SinkURL>.sinkURL.allowed)")
      }
      switch flags.first {
      case "list": self = .listDeadLetters(at: url)
      case "retry": self = .retryDeadLetters(at: url)
      default: throw SettingsError("dead-letters takes list or retry")
      }
    default:
      throw SettingsError(
        "\(quoted(arguments.first ?? "")) is no command; it takes serve, schema, dead-letters or --help"
      )
    }
  }

  private static func settings(
    _ flags: [String], _ environment: [String: String]
  ) throws(SettingsError) -> RelaySettings {
    let input = try SettingsInput(
      arguments: flags, environment: environment, cpus: 1, known: table.map(\.flag))
    var reader = SettingsReader(input)
    return try RelaySettings(from: &reader)
  }

  private static let table: [SettingRow] = {
    var reader = SettingsReader(SettingsInput())
    do {
      _ = try RelaySettings(from: &reader)
      return reader.rows
    } catch {
      fatalError("a default is not allowed: \(error)")
    }
  }()

  private static let help = """
    usher-relay delivers every sale of usher's events once, and in order.

      usher-relay serve --redis-url URL --to postgresql://…   run until SIGTERM or SIGINT
      usher-relay serve --help                                all flags
      usher-relay schema                                      print the tables that it writes to
      usher-relay dead-letters list --to postgresql://…       what could not be delivered, and why
      usher-relay dead-letters retry --to postgresql://…      deliver it, the cause being gone
      usher-relay --version

    Exit codes: 0 all is well, 1 some dead letters are refused still, 2 what was asked is refused.
    """
}
