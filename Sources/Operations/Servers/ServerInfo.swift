/// What `INFO` says, as far as usher reads it: `name:value` lines under `# Section` headings.
///
/// Source: the Redis documentation, `INFO`.
struct ServerInfo {
  private var values: [Substring: Substring] = [:]

  /// Reads one or more sections; lines of any other shape are passed over.
  init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      values[line[..<colon]] = line[line.index(after: colon)...]
    }
  }

  /// A whole number, `connected_clients` say.
  func count(_ name: String) -> UInt64? { values[name[...]].flatMap { UInt64($0) } }

  /// A number, `used_cpu_user` say.
  func number(_ name: String) -> Double? { values[name[...]].flatMap { Double($0) } }

  /// Which run of the server this is: another after each start. Nil if it was not asked.
  var run: String? { word("run_id") }

  /// A word, `maxmemory_policy` say.
  func word(_ name: String) -> String? { values[name[...]].map(String.init) }

  /// How often a command was called since the server started; 0 if never.
  ///
  /// `cmdstat_keys:calls=3,usec=71,…`; subcommands (`cmdstat_config|get`) are counted apart.
  func calls(of command: String) -> UInt64 {
    guard let fields = values["cmdstat_\(command)"] else { return 0 }
    for field in fields.split(separator: ",") where field.hasPrefix("calls=") {
      return UInt64(field.dropFirst("calls=".count)) ?? 0
    }
    return 0
  }
}
