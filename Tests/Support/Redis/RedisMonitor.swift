import Foundation

/// What a server executes, as its MONITOR command tells.
///
/// For one thread at a time. The server keeps what was not read yet, up to 256 MB.
package final class RedisMonitor {
  /// One command that was executed.
  package struct Line: Equatable, Sendable {
    /// Who sent it: an address, or `lua` for those that a script called.
    package let client: String
    /// Its name, in capitals.
    package let name: String
    /// Its arguments. Bytes that are no UTF-8 are replaced.
    package let arguments: [String]

    /// Whether a script called it.
    package var isFromScript: Bool { client == "lua" }
  }

  private static let markPrefix = "usher-monitor-mark-"

  private let connection: RedisConnection
  private var marks = 0

  init(_ connection: RedisConnection) {
    self.connection = connection
  }

  /// Everything that was executed since the last call, or since monitoring began, up to this
  /// moment: it is complete without waiting for any time to pass, because the server reports in the
  /// order of execution and this call ends at a command of its own.
  package func lines() throws -> [Line] {
    marks += 1
    let mark = "\(Self.markPrefix)\(marks)-\(UInt64.random(in: 0...UInt64.max))"
    try connection.write(Array("ECHO \(mark)\r\n".utf8))
    var lines: [Line] = []
    var (sawMark, sawReply) = (false, false)
    while !(sawMark && sawReply) {
      switch try connection.reply() {
      case .status(let text):
        guard let line = Line(text) else { throw ClientError.malformed(text) }
        if line.arguments == [mark] { sawMark = true }
        // Other monitors leave their marks too.
        let isMark = line.arguments.first?.hasPrefix(Self.markPrefix) == true
        if !sawMark, !isMark { lines.append(line) }
      case .text(mark): sawReply = true
      case let other: throw TestFailure("MONITOR told \(other)")
      }
    }
    return lines
  }
}

@available(*, unavailable, message: "a monitor is for one thread")
extension RedisMonitor: Sendable {}

extension RedisMonitor.Line {
  /// Parses `time [database client] "name" "argument"…`; nil if it is something else.
  init?(_ text: String) {
    guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]"),
      let client = text[open..<close].split(separator: " ").last
    else { return nil }
    let words = Self.words(text[text.index(after: close)...])
    guard let name = words.first else { return nil }
    self.client = String(client)
    self.name = name.uppercased()
    arguments = Array(words.dropFirst())
  }

  /// Takes the quoted words apart, which the server wrote with `sdscatrepr`.
  private static func words(_ text: Substring) -> [String] {
    var words: [String] = []
    var word: [UInt8]?
    var bytes = text.utf8[...]
    while let byte = bytes.popFirst() {
      switch (byte, word) {
      case (UInt8(ascii: "\""), nil):
        word = []
      case (UInt8(ascii: "\""), .some(let done)):
        words.append(String(decoding: done, as: UTF8.self))
        word = nil
      case (UInt8(ascii: "\\"), .some):
        word?.append(escaped(&bytes))
      default:
        word?.append(byte)
      }
    }
    return words
  }

  /// The byte that is meant by what follows a backslash.
  private static func escaped(_ bytes: inout Substring.UTF8View) -> UInt8 {
    switch bytes.popFirst() {
    case UInt8(ascii: "n"): return 10
    case UInt8(ascii: "r"): return 13
    case UInt8(ascii: "t"): return 9
    case UInt8(ascii: "a"): return 7
    case UInt8(ascii: "b"): return 8
    case UInt8(ascii: "x"):
      let digits = String(decoding: bytes.prefix(2), as: UTF8.self)
      bytes = bytes.dropFirst(2)
      return UInt8(digits, radix: 16) ?? UInt8(ascii: "?")
    case .some(let byte): return byte
    case nil: return UInt8(ascii: "\\")
    }
  }
}
