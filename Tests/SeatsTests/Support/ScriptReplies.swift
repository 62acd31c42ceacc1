@testable import Redis
@testable import Seats

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

extension HoldScript.Outcome {
  var isHeld: Bool { if case .held = self { true } else { false } }
}

extension SweepScript.Reply {
  /// How the sale stands, unless there is nothing.
  var snapshot: SaleSnapshot? {
    if case .swept(let snapshot, _, _) = outcome { snapshot } else { nil }
  }

  var isMoreDue: Bool { if case .swept(_, true, _) = outcome { true } else { false } }
}
