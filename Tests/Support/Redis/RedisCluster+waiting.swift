extension RedisCluster {
  /// Waits until all running nodes know of no trouble and agree whose the slots are, every slot is
  /// served, and every replica follows its master. Halted or dead nodes are passed over only if
  /// `withoutTheRest`.
  package func awaitWhole(
    withoutTheRest: Bool = false, within limit: Duration = .seconds(30)
  ) throws {
    var seen: String?
    try eventually("the cluster is whole: \(seen ?? "")", within: limit) {
      seen = trouble(withoutTheRest: withoutTheRest)
      return seen == nil
    }
  }

  /// What is not as it should be; nil if all is.
  private func trouble(withoutTheRest: Bool) -> String? {
    let running = running
    guard withoutTheRest || running.count == nodes.count else { return "a node does not run" }
    var opinions: Set<[String]> = []
    for node in running {
      guard let connection = try? node.server.connect(timeout: .seconds(1)),
        let replies = try? connection.send(pipeline: [
          ["CLUSTER", "INFO"], ["CLUSTER", "NODES"], ["INFO", "replication"],
        ]), let state = replies[0].text, let table = replies[1].text, let link = replies[2].text
      else { return "\(node.name) does not answer" }
      guard state.contains("cluster_state:ok"), state.contains("cluster_slots_ok:16384") else {
        return "\(node.name): \(state)"
      }
      let view = ClusterView(table)
      let awaited = withoutTheRest ? running.count : nodes.count
      guard view.nodes.count(where: { !$0.isFailing }) >= awaited else {
        return "\(node.name): \(table)"
      }
      if link.contains("role:slave"), !link.contains("master_link_status:up") {
        return "\(node.name): \(link)"
      }
      opinions.insert(
        view.nodes.filter(\.isMaster).flatMap { node in node.slots.map { "\(node.id) \($0)" } }
          .sorted())
    }
    return opinions.count == 1 ? nil : "they disagree: \(opinions)"
  }
}
