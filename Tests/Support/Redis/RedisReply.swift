/// What Redis answers to a command, whatever the command.
package enum RedisReply: Equatable, Sendable {
  /// `OK`, say.
  case status(String)
  /// The whole line, code first.
  case error(String)
  /// A whole number.
  case integer(Int64)
  /// Bytes; most of the time ``text`` is handier.
  case bulk([UInt8])
  /// Nothing: a null bulk or a null array.
  case null
  /// Replies in a reply.
  case array([RedisReply])

  /// A bulk of this text, to compare with.
  package static func text(_ text: String) -> RedisReply { .bulk(Array(text.utf8)) }

  /// A bulk or a status as text; nil for the others.
  package var text: String? {
    switch self {
    case .status(let text): text
    case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
    default: nil
    }
  }

  /// An integer, or the one that a bulk spells; nil for the others.
  package var integer: Int64? {
    switch self {
    case .integer(let integer): integer
    case .bulk: text.flatMap { Int64($0) }
    default: nil
    }
  }

  /// The elements of an array; nil for the others.
  package var elements: [RedisReply]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The reply as Redis sent it.
  package var encoded: [UInt8] {
    switch self {
    case .status(let text): Array("+\(text)\r\n".utf8)
    case .error(let text): Array("-\(text)\r\n".utf8)
    case .integer(let integer): Array(":\(integer)\r\n".utf8)
    case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
    case .null: Array("$-1\r\n".utf8)
    case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(\.encoded)
    }
  }

  /// The texts of an array's elements, without those that have none: for `KEYS`, `ZRANGE` and such.
  package var texts: [String] {
    (elements ?? []).compactMap(\.text)
  }
}
