@testable import Queue
@testable import Redis

/// Calls `body` with the reply that Redis would send as `bytes`.
func withReply<Value>(_ bytes: [UInt8], _ body: (Reply) throws -> Value) throws -> Value {
  let parser = ReplyParser(maxReplyBytes: 1 << 20)
  try bytes.withUnsafeBytes { try parser.feed($0) }
  guard let reply = try parser.next() else { preconditionFailure("half a reply") }
  return try body(reply)
}

extension Argument {
  /// What Redis is sent.
  var testText: String {
    switch self {
    case .text(let text): text
    case .integer(let integer): "\(integer)"
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}

/// What a person is told who may not enter yet.
struct Denial: Equatable {
  let position: Int
  let length: Int
  let tokens: Double
  let rebuildUntil: Int64
  let state: LineSnapshot.EventState

  /// Nil for a person who is admitted, now or before, or waits no longer.
  init?(_ reply: EnterScript.Reply) {
    guard let position = reply.answers[0].position else { return nil }
    self.position = position
    (length, tokens) = (reply.length, reply.tokens)
    (rebuildUntil, state) = (reply.rebuildUntil, reply.state)
  }
}

extension EnterScript.Answer {
  var isAdmitted: Bool { if case .admitted = self { true } else { false } }

  /// The place of a person who may not enter yet.
  var position: Int? {
    switch self {
    case .notReady(let position), .paused(let position, _): position
    case .admitted, .admittedBefore, .gone: nil
    }
  }

  /// When the person was admitted, now or before.
  var admittedAt: Int64? {
    switch self {
    case .admitted(let at, _, _), .admittedBefore(let at): at
    case .notReady, .paused, .gone: nil
    }
  }

  /// The answer to a person who is not inside any more.
  static func gone(_ end: TicketEnd) -> Self { .gone(GoneTicket(end: end)) }
}
