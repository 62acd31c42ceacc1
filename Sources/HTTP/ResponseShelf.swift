/// The prepared responses that no client is being sent, by the length of their bodies.
struct ResponseShelf {
  private var free: [[PreparedResponse]] = Array(repeating: [], count: longestBody + 1)

  /// Longer bodies are rare.
  private static let longestBody = 512
  /// As many of one length as are useful in one turn of the loop.
  private static let mostOfALength = 64

  /// A response with this content; nil if there is no memory.
  mutating func take(for response: Response) -> PreparedResponse? {
    let length = response.body.count
    guard length <= Self.longestBody, let prepared = free[length].last,
      prepared.has(response.headers)
    else { return PreparedResponse(for: response) }
    free[length].removeLast()
    prepared.write(response.body)
    return prepared
  }

  /// Takes one back that is sent.
  mutating func put(_ prepared: PreparedResponse) {
    let length = prepared.bodyLength
    guard length <= Self.longestBody, free[length].count < Self.mostOfALength else { return }
    free[length].append(prepared)
  }
}
