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

extension EnterScript.Outcome {
  var isAdmitted: Bool { if case .admitted = self { true } else { false } }

  var denial: EnterScript.Denial? { if case .notReady(let denial) = self { denial } else { nil } }

  /// When the person was admitted, now or before.
  var admittedAt: Int64? {
    switch self {
    case .admitted(let at, _, _, _), .admittedBefore(let at): at
    case .notReady, .gone: nil
    }
  }
}
