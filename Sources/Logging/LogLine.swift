import JSON
import Loop

/// One line of the log, before it is written.
package struct LogLine {
  let time: WallTime
  let level: Log.Level
  let message: String
  let fields: [(key: StaticString, value: Log.Value)]

  /// The line with its line feed, and no other.
  func bytes(_ format: Log.Format) -> [UInt8] {
    var line =
      switch format {
      case .json: json
      case .text: text
      }
    line.append(UInt8(ascii: "\n"))
    return line
  }

  private var json: [UInt8] {
    JSONWriter.object { line in
      line.member("ts", time.description)
      line.member("level", level.rawValue)
      line.member("msg", message)
      for (name, value) in fields {
        switch value {
        case .text(let text): line.member(name, text)
        case .integer(let number): line.member(name, number)
        case .number(let number): line.member(name, number)
        case .flag(let flag): line.member(name, flag)
        }
      }
    }
  }

  /// `2025-11-21T09:30:00.123Z INFO  message name=value`. What could be misread is in quotation
  /// marks.
  private var text: [UInt8] {
    let name = level.rawValue.uppercased()
    var line = Array("\(time) \(name)\(name.utf8.count == 4 ? "  " : " ")".utf8)
    Self.append(message, quotedFor: "\"\\", to: &line)
    for (name, value) in fields {
      line += " \(name)=".utf8
      switch value {
      case .text(let text): Self.append(text, quotedFor: "\"\\= ", to: &line)
      case .integer(let number): line += "\(number)".utf8
      case .number(let number): line += "\(number)".utf8
      case .flag(let flag): line += "\(flag)".utf8
      }
    }
    return line
  }

  /// Appends a text as it is, or in quotation marks if it is empty or contains a control character
  /// or one of `misleading`.
  private static func append(
    _ text: String, quotedFor misleading: String, to line: inout [UInt8]
  ) {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.generalCategory != .control && !misleading.unicodeScalars.contains($0)
    }
    if isPlain, !text.isEmpty {
      line += text.utf8
    } else {
      JSONText.append(text, to: &line)
    }
  }
}
