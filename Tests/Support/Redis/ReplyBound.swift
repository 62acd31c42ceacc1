/// One number, length, name or count that a Redis, a sentinel or a cluster can send: how far it may go,
/// and what comes of the next one.
///
/// The tables of them are in `ReplyBound+topology.swift` and `ReplyBound+values.swift`. `RedisTests` walks
/// through what it can read itself, and `Acceptance` has a server say all of it to the whole program.
package struct ReplyBound: Sendable, CustomStringConvertible {
  /// What it is an answer to.
  package enum Question: Sendable, CaseIterable {
    case clusterSlots
    case sentinelMaster
    case role
    case info
    /// `GET` of the secret that sidecars share.
    case secret
    /// `ZRANGE` of a registry of events.
    case events
    /// Any other command: those of requests.
    case command
  }

  /// What comes of the one beyond the bound.
  package enum Consequence: Sendable, Equatable {
    /// The whole answer is not taken; whatever was known before stays.
    case refused
    /// The one thing is left out, and the rest is taken.
    case leftOut
    /// The connection is closed: no reply behind it can be told from this one.
    case closed
    /// It is no number, no time, no place: the command fails, or what it was asked for is not known.
    case noNumber
    /// It is cut, and the rest passed over.
    case cut
    /// The command fails with what was said; it is followed nowhere.
    case notFollowed
  }

  /// What is counted or measured.
  package let what: String
  /// The last that is taken, as people write it.
  package let bound: String
  package let question: Question
  package let consequence: Consequence
  /// A reply at the bound, in RESP.
  package let within: @Sendable () -> [UInt8]
  /// One beyond it, and worse ones.
  package let beyond: [@Sendable () -> [UInt8]]

  init(
    _ what: String, _ bound: String, of question: Question, beyond consequence: Consequence,
    _ within: @escaping @Sendable () -> String, _ beyond: (@Sendable () -> String)...
  ) {
    self.what = what
    self.bound = bound
    self.question = question
    self.consequence = consequence
    self.within = { Array(within().utf8) }
    self.beyond = beyond.map { text in { Array(text().utf8) } }
  }

  package var description: String { "\(what) of \(question): \(bound)" }

  /// The whole table.
  package static let all = topology + redirections + resp + values
}

/// RESP, as servers write it.
enum RESP {
  static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

  static func array(_ elements: [String]) -> String {
    "*\(elements.count)\r\n" + elements.joined()
  }

  static func integers(_ numbers: Int64...) -> String { array(numbers.map { ":\($0)\r\n" }) }
}
