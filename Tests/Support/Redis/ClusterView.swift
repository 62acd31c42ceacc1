/// What a node of a cluster knows: itself, the others, and whose the slots are.
///
/// Source: the Redis documentation, `CLUSTER NODES`.
package struct ClusterView: Sendable {
  /// A node, as the one that was asked sees it.
  package struct Node: Sendable {
    /// 40 hexadecimal digits.
    package let id: String
    /// Where it serves clients.
    package let port: UInt16
    /// Whether it is the one that was asked.
    package let isMyself: Bool
    /// Whether it is a master; a replica otherwise.
    package let isMaster: Bool
    /// Whether it has failed, or may have.
    package let isFailing: Bool
    /// Whom it replicates.
    package let master: String?
    /// Of two that claim a slot, the one with the higher epoch is right.
    package let epoch: Int
    /// Its slots, without those that come or go.
    package let slots: [ClosedRange<Int>]
  }

  /// The nodes, in no order.
  package let nodes: [Node]

  init(_ text: String) {
    nodes = text.split(separator: "\n").compactMap { Node($0.split(separator: " ")) }
  }

  /// The one that was asked.
  package var myself: Node? { nodes.first(where: \.isMyself) }
}

extension ClusterView.Node {
  /// Reads `id ip:port@bus flags master ping pong epoch link slot…`.
  fileprivate init?(_ words: [Substring]) {
    guard words.count >= 8, let at = words[1].firstIndex(of: "@"),
      let colon = words[1][..<at].lastIndex(of: ":"),
      let port = UInt16(words[1][words[1].index(after: colon)..<at]), let epoch = Int(words[6])
    else { return nil }
    id = String(words[0])
    self.port = port
    self.epoch = epoch
    let flags = words[2].split(separator: ",")
    isMyself = flags.contains("myself")
    isMaster = flags.contains("master")
    isFailing = flags.contains("fail") || flags.contains("fail?")
    master = words[3] == "-" ? nil : String(words[3])
    slots = words[8...].compactMap { word in
      let ends = word.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, !word.hasPrefix("[") else { return nil }
      return first...last
    }
  }
}
