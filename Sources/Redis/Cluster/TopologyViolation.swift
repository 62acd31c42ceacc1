/// Why a topology is not taken, though it has the form of one: no cluster is like that.
enum TopologyViolation: Error, Equatable, CustomStringConvertible {
  case tooManyNodes
  case noHost
  case slotTwice

  /// What the server did, to stand behind its name and a colon.
  var description: String {
    switch self {
    case .tooManyNodes: "it names more than \(Topology.nodeLimit) servers"
    case .noHost: "it names a host that cannot be one"
    case .slotTwice: "it names two servers for one slot"
    }
  }
}
