/// What `INFO` says, as far as usher reads it: `name:value` lines under `# Section` headings. Whatever
/// else a server says there, and however much of it, is not kept.
///
/// Source: the Redis documentation, `INFO`.
struct ServerInfo {
  /// What is read, besides the calls of ``ServerMetrics/commands``.
  private static let names: Set<Substring> = [
    "run_id", "connected_clients", "used_memory", "maxmemory", "maxmemory_policy", "evicted_keys",
    "used_cpu_user", "used_cpu_sys",
  ]
  private static let calls = Set(ServerMetrics.commands.map { "cmdstat_\($0)"[...] })
  /// The longest value: the statistics of a command take about 100 bytes.
  private static let longest = 256

  private var values: [Substring: String] = [:]

  /// What a server says that says nothing.
  init() {}

  /// Reads one or more sections; lines of any other shape are passed over.
  init(_ text: String) {
    take(text)
  }

  /// Reads one more section.
  mutating func take(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let (name, value) = (line[..<colon], line[line.index(after: colon)...])
      guard value.utf8.count <= Self.longest else { continue }
      if Self.names.contains(name) || Self.calls.contains(name) {
        values[Substring(String(name))] = String(value)
      }
    }
  }

  /// A whole number, `connected_clients` say, up to 2⁵³.
  func count(_ name: String) -> UInt64? {
    value(name).flatMap { UInt64($0) }.flatMap { $0 <= 1 << 53 ? $0 : nil }
  }

  /// A number, `used_cpu_user` say, from 0 to 10¹⁸.
  func number(_ name: String) -> Double? {
    value(name).flatMap { Double($0) }.flatMap { (0...1e18).contains($0) ? $0 : nil }
  }

  /// Which run of the server this is: another after each start. Nil if it was not asked.
  var run: String? { word("run_id") }

  /// A word, `maxmemory_policy` say.
  func word(_ name: String) -> String? { value(name) }

  /// How often a command was called since the server started; 0 if never, or if what stands there is no
  /// number up to 2⁵³.
  ///
  /// `cmdstat_keys:calls=3,usec=71,…`; subcommands (`cmdstat_config|get`) are counted apart.
  func calls(of command: String) -> UInt64 {
    assert(Self.calls.contains("cmdstat_\(command)"), "\(command) is not kept: see ServerMetrics")
    guard let fields = values["cmdstat_\(command)"] else { return 0 }
    for field in fields.split(separator: ",") where field.hasPrefix("calls=") {
      let calls = UInt64(field.dropFirst("calls=".count)) ?? 0
      return calls <= 1 << 53 ? calls : 0
    }
    return 0
  }

  private func value(_ name: String) -> String? {
    assert(Self.names.contains(name[...]), "\(name) is not kept: name it above")
    return values[name[...]]
  }
}
