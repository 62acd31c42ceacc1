extension RedisCluster {
  /// How often each command came to the running nodes since they started, by its name: those that
  /// were executed, also by scripts and for a master, and those that were turned away.
  package func commandCounts() throws -> [String: Int] {
    try running.map { try $0.server.commandCounts() }
      .reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
  }
}

extension RedisServer {
  /// How often each command came since the server started, by its name (`cluster|slots` for one with
  /// a part): those that were executed, also by scripts and for a master, and those that were turned
  /// away.
  package func commandCounts() throws -> [String: Int] {
    // By bytes: to look for characters would take a sanitizer a second.
    let lines = (try send("INFO", "commandstats").text ?? "").utf8
      .split { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") }
    let counts = lines.compactMap { line -> (String, Int)? in
      let parts = line.split { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ",") }
        .compactMap { String($0) }
      guard let name = parts.first, name.hasPrefix("cmdstat_") else { return nil }
      let counts = ["calls=", "rejected_calls="].map { field in
        parts.first { $0.hasPrefix(field) }.flatMap { Int($0.dropFirst(field.count)) } ?? 0
      }
      return (String(name.dropFirst("cmdstat_".count)), counts.reduce(0, +))
    }
    return Dictionary(uniqueKeysWithValues: counts)
  }
}
