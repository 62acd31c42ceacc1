extension RedisCluster {
  /// How often each command came to the running nodes since they started, by its name: those that
  /// were executed, also by scripts and for a master, and those that were turned away.
  public func commandCounts() throws -> [String: Int] {
    try running.map { try $0.server.commandCounts() }
      .reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
  }
}

extension RedisServer {
  /// How often each command came since the server started, by its name (`cluster|slots` for one with
  /// a part): those that were executed, also by scripts and for a master, and those that were turned
  /// away.
  public func commandCounts() throws -> [String: Int] {
    let lines = (try send("INFO", "commandstats").text ?? "").split(whereSeparator: \.isNewline)
    return Dictionary(
      uniqueKeysWithValues: lines.compactMap { line -> (String, Int)? in
        guard line.hasPrefix("cmdstat_"), let colon = line.firstIndex(of: ":") else { return nil }
        let counts = line[line.index(after: colon)...].split(separator: ",")
          .filter { $0.hasPrefix("calls=") || $0.hasPrefix("rejected_calls=") }
          .compactMap { Int($0.drop { $0 != "=" }.dropFirst()) }
        return (String(line[..<colon].dropFirst("cmdstat_".count)), counts.reduce(0, +))
      })
  }
}
