import Loop

@testable import Redis

extension FuzzTarget {
  /// Bytes mean the same however they are cut; each caller hears once; nothing grows beyond its limit.
  ///
  /// The first byte says how many bytes come at a time, the second what was asked, and the rest is
  /// what Redis says.
  func checkReplies(_ input: [UInt8]) throws {
    guard input.count >= 2 else { return }
    let stream = Array(input[2...])
    let whole = try Self.told(stream, piecesOf: .max, asked: input[1])
    let pieces = try Self.told(stream, piecesOf: Int(input[0]) + 1, asked: input[1])
    try expect(whole == pieces, "in one piece \(whole), in pieces \(pieces)")
  }

  private static let longestReply = 2048
  private static let script = Script(name: "enter", source: Array("return 1".utf8))

  /// What the callers of eight commands hear.
  private static func told(
    _ stream: [UInt8], piecesOf size: Int, asked: UInt8
  ) throws -> [String] {
    let parser = ReplyParser(maxReplyBytes: longestReply)
    var pipeline = Pipeline<Int>(with: "redis", timeout: .milliseconds(500))
    for number in 0..<8 {
      let isScript = asked >> UInt8(number) & 1 == 1
      let plain = number % 4 == 3 ? Command.zscoreAndRank(Key("k"), "m") : .get(Key("k"))
      pipeline.expect(
        isScript ? .evalsha(script, keys: [], arguments: []) : plain, asking: false, number)
    }
    var told: [Int: String] = [:]
    func tell(_ finished: Finished<Int>) throws {
      try expect(told[finished.completion] == nil, "each hears once")
      told[finished.completion] =
        switch finished.result {
        case .success(let reply): describe(reply)
        case .failure(let error): "\(error)"
        }
    }
    let now = Instant(nanoseconds: 1_000_000)
    var cause = CloseCause(.lost, "that was all")
    _ = pipeline.flushed(at: now)
    var rest = stream[...]
    do {
      reading: while !rest.isEmpty {
        try rest.prefix(size).withUnsafeBytes { try parser.feed($0) }
        rest = rest.dropFirst(size)
        while let reply = try parser.next() {
          switch pipeline.replyArrived(reply, at: now) {
          case .nothing: break
          case .finish(let finished): try tell(finished)
          case .callAgain: _ = pipeline.flushed(at: now)
          case .end(let end):
            cause = end
            break reading
          }
        }
      }
    } catch is ProtocolViolation {
      // Of two, which is noticed first depends on the pieces.
      cause = CloseCause(.protocolViolation, "a violation")
    }
    for finished in pipeline.end(cause, at: now) { try tell(finished) }
    try expect(told.count == 8, "everybody hears: \(told)")
    return (0..<8).map { told[$0] ?? "" } + [cause.sentence]
  }

  private static func describe(_ reply: Reply) -> String {
    switch reply.kind {
    case .integer: "\(reply.integer ?? 0) \(reply.decimal ?? 0)"
    case .bytes: "'\(reply.bytes ?? [])' \(reply.integer ?? 0) \(reply.text?.count ?? -1)"
    case .null: "null"
    case .array: "[\((0..<reply.count).map { describe(reply[$0]) }.joined(separator: " "))]"
    case .error: "error(\(reply.error.map { "\($0)" } ?? ""))"
    }
  }
}
