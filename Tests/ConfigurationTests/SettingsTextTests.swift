import Testing

@testable import Configuration

@Suite("SettingsText")
struct SettingsTextTests {
  @Test("flags and variables are unlike each other, and a variable follows from its flag")
  func names() {
    let rows = ParsedSettings.table
    #expect(Set(rows.map(\.flag)).count == rows.count)
    #expect(Set(rows.map(\.variable)).count == rows.count)
    for row in rows {
      let flag = row.flag.replacing("-file", with: "").replacing("-", with: "_")
      #expect(row.variable == "USHER_\(flag.uppercased())")
    }
  }

  @Test("the help fits into 100 columns and ends no line with a space")
  func width() {
    for line in SettingsText.help(ParsedSettings.table).split(separator: "\n") {
      #expect(line.count <= 100, "\(line)")
      #expect(line.last != " ", "\(line)")
    }
  }

  @Test("the help has each flag with its default and its meaning, under its heading")
  func help() {
    let rows = [
      row("Doors", "width", "N", "2", "How wide."),
      row("Doors", "very-long-name-of-a-door", "DURATION", "none", "Where it is."),
      row("Windows", "w", "N", "1", String(repeating: "word ", count: 14)),
    ]
    #expect(
      SettingsText.help(rows) == """

        Doors
          --width N                            2     How wide.
          USHER_WIDTH
          --very-long-name-of-a-door DURATION  none  Where it is.
          USHER_VERY_LONG_NAME_OF_A_DOOR

        Windows
          --w N                                1     word word word word word word word word word word word
          USHER_W                                    word word word
        """)
  }

  @Test("the report has each value, and who said so")
  func report() {
    let rows = [
      row("Doors", "width", "N", "2", "How wide.", value: "3", origin: .flag),
      row("Doors", "height", "N", "2", "How high.", value: "41", origin: .environment),
      row("Doors", "depth", "N", "2", "How deep."),
    ]
    #expect(
      SettingsText.report(rows) == """
        width   3   --width
        height  41  USHER_HEIGHT
        depth   2   default
        """)
  }

  @Test("text breaks between words; a word that is too long has a line to itself")
  func wrapping() {
    #expect(SettingsText.wrapped("", width: 10).isEmpty)
    #expect(SettingsText.wrapped("one two three", width: 7) == ["one two", "three"])
    #expect(SettingsText.wrapped("one two", width: 6) == ["one", "two"])
    #expect(SettingsText.wrapped("a enormous b", width: 3) == ["a", "enormous", "b"])
  }

  private func row(
    _ section: String, _ flag: String, _ placeholder: String, _ fallback: String,
    _ meaning: String, value: String? = nil, origin: SettingRow.Origin = .default
  ) -> SettingRow {
    SettingRow(
      section: section, flag: flag, variable: SettingsReader.variable(for: flag),
      placeholder: placeholder, fallback: fallback, meaning: meaning, value: value ?? fallback,
      origin: origin)
  }
}
