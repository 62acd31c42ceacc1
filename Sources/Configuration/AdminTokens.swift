import Queue

/// Who may use the admin port: what `--admin-token-file` contains, which is one token, or lines of a
/// name, a role and a token each.
package struct AdminTokens: Sendable {
  /// One who may.
  package struct Entry: Sendable {
    /// As the log and the audit trail call them.
    package let name: String
    /// What they may do.
    package let role: OperatorRole
    /// What they show.
    package let token: HiddenText
  }

  /// In the order of the file; at least one.
  package let entries: [Entry]

  /// What the contents may be, as the end of "it takes …".
  static let allowed = """
    one token of at least 16 characters of ASCII, in one line and with no space at its ends, or lines of \
    a name, a role (viewer, operator or pace) and such a token without spaces, each name and each \
    token once
    """

  /// Nil if the contents are not that. Three words in one line are a name, a role and a token, so that
  /// a misspelt role is not taken for a part of a token.
  init?(written contents: [UInt8]) {
    guard let text = String(validating: contents, as: UTF8.self) else { return nil }
    let lines = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
    let words = lines.first?.split(separator: " ", omittingEmptySubsequences: true) ?? []
    if lines.count == 1, words.count != 3 {
      guard let token = HiddenText(written: contents).flatMap(Self.token) else { return nil }
      entries = [Entry(name: "operator", role: .operator, token: token)]
      return
    }
    let entries = lines.compactMap(Self.entry)
    guard !entries.isEmpty, entries.count == lines.count,
      Set(entries.map(\.name)).count == entries.count,
      Set(entries.map(\.token.text)).count == entries.count
    else { return nil }
    self.entries = entries
  }

  private static func entry(_ line: Substring) -> Entry? {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count == 3, isName(words[0]), let role = OperatorRole(rawValue: String(words[1])),
      let token = HiddenText(written: Array(words[2].utf8)).flatMap(token)
    else { return nil }
    return Entry(name: String(words[0]), role: role, token: token)
  }

  private static func token(_ text: HiddenText) -> HiddenText? {
    text.text.utf8.count >= 16 && text.canBeSent ? text : nil
  }

  /// One that stands in a log line and in the trail as it is.
  private static func isName(_ word: Substring) -> Bool {
    (1...64).contains(word.utf8.count)
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "._-@+".utf8.contains(byte)
        }
      }
  }
}
