/// Makes one reply of two that come one behind the other: an array of both.
///
/// The first is copied, since its memory is the second's by the time that the caller is told.
final class ReplyPair {
  private let reel = TapeReel(Tape(maxDepth: 1))
  private var error: RedisError?

  /// The first of the two.
  func begin(with reply: Reply) {
    reel.tape.pointee.clear()
    _ = reel.tape.pointee.append(.array, count: 2, in: nil)
    error = reply.error
    append(reply)
  }

  /// The second: returns both, or the error of the first that is one. The reply is valid until the
  /// next pair begins.
  func end(with reply: Reply) -> Result<Reply, RedisError> {
    if let error = error ?? reply.error { return .failure(error) }
    append(reply)
    return .success(Reply(reel))
  }

  private func append(_ reply: Reply) {
    switch reply.kind {
    case .integer:
      _ = reel.tape.pointee.append(.integer, value: reply.integer ?? 0, in: 0)
    case .bytes:
      reply.withBytes { bytes in
        guard let bytes else { return }
        _ = reel.tape.pointee.append(.bytes, bytes, in: 0)
      }
    // None of the commands answers with an array; a caller finds neither number nor text.
    case .null, .array, .error: _ = reel.tape.pointee.append(.null, in: 0)
    }
  }
}
