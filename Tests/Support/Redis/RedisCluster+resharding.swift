extension RedisCluster {
  /// Moves slots, the lowest first, with all that is in them, as an operator does: by redis-cli.
  package func reshard(slots: Int, from source: Node, to target: Node) throws {
    try redisCLI([
      "--cluster", "reshard", source.name, "--cluster-from", source.id, "--cluster-to", target.id,
      "--cluster-slots", "\(slots)", "--cluster-yes",
    ])
  }

  /// Runs redis-cli for a cluster to its end; throws if it fails.
  @discardableResult
  package func redisCLI(
    _ arguments: [String], within limit: Duration = .seconds(120)
  ) throws -> String {
    let run = try Command.run(
      "redis-cli",
      (users?.login("admin").cliArguments ?? []) + (encryption?.cliArguments ?? []) + arguments,
      within: limit)
    guard run.status == 0 else {
      throw TestFailure("redis-cli \(arguments): \(run.output.suffix(2000)) \(run.errors)")
    }
    return run.output
  }

  /// Begins to move a slot: from now on `target` takes it over key by key.
  package func beginMigration(ofSlot slot: Int, from source: Node, to target: Node) throws {
    try expectOK(target, "CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", source.id)
    try expectOK(source, "CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", target.id)
  }

  /// Moves some keys of a slot that is on its way.
  package func migrate(_ keys: [String], from source: Node, to target: Node) throws {
    guard !keys.isEmpty else { return }
    let login = users?.login("admin")
    let credentials = login.map { ["AUTH2"] + $0.words } ?? []
    let command =
      ["MIGRATE", "127.0.0.1", "\(target.port)", "", "0", "5000"] + credentials + ["KEYS"] + keys
    let reply = try source.server.send(command)
    guard [.status("OK"), .status("NOKEY")].contains(reply) else {
      throw TestFailure("MIGRATE \(keys): \(reply)")
    }
  }

  /// Moves what is left of a slot, and tells all masters whose it is now.
  package func finishMigration(ofSlot slot: Int, from source: Node, to target: Node) throws {
    while true {
      let keys = try source.server.send("CLUSTER", "GETKEYSINSLOT", "\(slot)", "100").texts
      if keys.isEmpty { break }
      try migrate(keys, from: source, to: target)
    }
    // The new owner first: the slot must not be without one.
    let masters = try masters()
    let others = masters.filter { $0.id != target.id && $0.id != source.id }
    for node in [target, source] + others {
      try expectOK(node, "CLUSTER", "SETSLOT", "\(slot)", "NODE", target.id)
    }
  }

  /// Has a replica take over from its master, which goes along with it and loses nothing; returns
  /// when it has.
  package func failOver(to replica: Node) throws {
    try expectOK(replica, "CLUSTER", "FAILOVER")
    try eventually("\(replica.name) is a master") {
      try view(of: replica).myself?.isMaster == true
    }
  }

  private func expectOK(_ node: Node, _ command: String...) throws {
    let reply = try node.server.send(command)
    guard reply == .status("OK") else { throw TestFailure("\(node.name): \(command): \(reply)") }
  }
}
