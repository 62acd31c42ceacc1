/// How a read or a write went, if nothing is wrong.
enum StreamOutcome {
  /// So many bytes, at least one.
  case bytes(Int)
  /// Nothing now; the descriptor will become ready.
  case wouldBlock
  /// The other side says nothing any more.
  case ended
}
