/// Whose connection ends when a new one needs its place.
///
/// A server that refuses when it is full is closed to all by anyone who opens enough connections and
/// sends nothing. One that makes room by taking it from the client address that takes most of it stays
/// open: what a stranger opens costs the stranger's own.
enum Eviction {
  /// A connection that waits for its client.
  struct Candidate: Hashable {
    let slot: ConnectionTable.Slot
    /// How many connections were opened before it.
    let number: UInt64
    let client: ClientAddress
    /// Whether it has ever brought a whole header block.
    let hasAsked: Bool
  }

  /// The order in which they end. If the connections of each client are piled up, the oldest on top, in
  /// one pile those that have asked and in another those that have not, then it is always the top of the
  /// highest pile; of equal ones, the oldest.
  ///
  /// A newcomer is at the bottom of its pile, and has its turn to ask. That also holds against clients
  /// that send a whole header block and then no body, or do not read their answers.
  static func order(_ candidates: [Candidate]) -> [Candidate] {
    var heights: [Pile: Int] = [:]
    let piled = candidates.sorted { $0.number > $1.number }.map { candidate in
      let pile = Pile(client: candidate.client, hasAsked: candidate.hasAsked)
      heights[pile, default: 0] += 1
      return (candidate: candidate, height: heights[pile, default: 0])
    }
    // From the highest downwards is the order in which the tops go.
    return piled.sorted { one, other in
      one.height == other.height
        ? one.candidate.number < other.candidate.number : one.height > other.height
    }.map(\.candidate)
  }

  private struct Pile: Hashable {
    let client: ClientAddress
    let hasAsked: Bool
  }
}
