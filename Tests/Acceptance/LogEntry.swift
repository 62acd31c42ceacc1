import Foundation
import TestSupport

/// A line of the log in its JSON form.
struct LogEntry {
  let time: String
  let level: String
  let message: String
  /// All members, these three among them.
  let members: [String: JSONValue]

  /// Throws when the line is anything but a JSON object with these three, each a text.
  init(_ line: String) throws {
    guard
      case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)),
      case .string(let time)? = members["ts"], case .string(let level)? = members["level"],
      case .string(let message)? = members["msg"]
    else { throw TestFailure("no line of the log: \(line)") }
    self.time = time
    self.level = level
    self.message = message
    self.members = members
  }
}

extension UsherProcess {
  /// The lines that it has logged so far, each of which must be one.
  func logEntries() throws -> [LogEntry] { try logLines.map { try LogEntry($0) } }
}
