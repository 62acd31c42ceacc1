import Loop

extension [SocketAddress] {
  /// All of them for a line of the log, or the first of very many.
  var inWords: String {
    let first = prefix(20).map { "\($0)" }.joined(separator: " ")
    return count > 20 ? "\(first) …" : first
  }
}
