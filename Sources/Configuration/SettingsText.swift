/// The settings table as text.
enum SettingsText {
  /// The longest line.
  static let columns = 100

  /// Every flag: how it is written, its environment variable, its default and its meaning.
  static func help(_ rows: [SettingRow]) -> String {
    let names = rows.map { "--\($0.flag) \($0.placeholder)" }
    let nameWidth = 2 + width(of: names + rows.map(\.variable))
    let fallbackWidth = 2 + width(of: rows.map(\.fallback))
    let indent = 2 + nameWidth + fallbackWidth
    var lines: [String] = []
    for (index, row) in rows.enumerated() {
      if index == 0 || row.section != rows[index - 1].section { lines += ["", row.section] }
      let meaning = wrapped(row.meaning, width: columns - indent)
      for place in 0..<max(2, meaning.count) {
        let left = place == 0 ? names[index] : place == 1 ? row.variable : ""
        let middle = place == 0 ? row.fallback : ""
        let right = place < meaning.count ? meaning[place] : ""
        lines.append("  " + padded(left, nameWidth) + padded(middle, fallbackWidth) + right)
      }
    }
    return lines.map(trimmed).joined(separator: "\n")
  }

  /// What is in force, and where it comes from.
  static func report(_ rows: [SettingRow]) -> String {
    let nameWidth = 2 + width(of: rows.map(\.flag))
    let valueWidth = 2 + width(of: rows.map(\.value))
    return rows.map { row in
      let origin =
        switch row.origin {
        case .flag: "--\(row.flag)"
        case .environment: row.variable
        case .default: "default"
        }
      return padded(row.flag, nameWidth) + padded(row.value, valueWidth) + origin
    }.joined(separator: "\n")
  }

  /// Breaks a text between words into lines of at most `width` characters; a longer word gets a
  /// line of its own.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func width(of texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}
