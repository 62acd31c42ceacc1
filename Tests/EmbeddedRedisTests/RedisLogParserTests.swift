import Testing

@testable import EmbeddedRedis

@Suite("RedisLogParser")
struct RedisLogParserTests {
  private let start = [
    "1:C 21 Nov 2025 09:30:00.001 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
    "1:M 21 Nov 2025 09:30:00.002 * Running mode=standalone, port=0.",
    "1:M 21 Nov 2025 09:30:00.003 # WARNING Memory overcommit must be enabled!",
    "1:M 21 Nov 2025 09:30:00.004 * Ready to accept connections",
  ]

  @Test("the words of every start are no warnings, whatever their mark")
  func starting() {
    var parser = RedisLogParser()
    parser.startBegan()
    #expect(start.map { parser.heard($0) }.allSatisfy { $0 == .debug })
  }

  @Test("while it serves, what is marked is a warning, and nothing else is")
  func serving() {
    var parser = RedisLogParser()
    parser.startBegan()
    for line in start { _ = parser.heard(line) }
    #expect(
      parser.heard("1:M 21 Nov 2025 09:31:00.000 # Error writing to the AOF file: #") == .warn)
    #expect(parser.heard("1:M 21 Nov 2025 09:31:00.000 * Background saving # started") == .debug)
    #expect(parser.heard("Bad directive # or wrong number of arguments") == .debug)
    #expect(parser.heard("") == .debug)
  }

  @Test("the words of a stop that was asked for are no warnings")
  func stopping() {
    var parser = RedisLogParser()
    parser.startBegan()
    for line in start { _ = parser.heard(line) }
    parser.stopBegan()
    #expect(parser.heard("1:M 21 Nov 2025 09:32:00.000 # User requested shutdown...") == .debug)
  }

  @Test("a new server has to become ready first, and has said nothing yet")
  func again() {
    var parser = RedisLogParser()
    for line in start { _ = parser.heard(line) }
    parser.startBegan()
    #expect(parser.lastWords == "")
    #expect(parser.heard(start[2]) == .debug)
  }

  @Test("its last words are the last message, or the last line if it has no form")
  func lastWords() {
    var parser = RedisLogParser()
    _ = parser.heard("1:M 21 Nov 2025 09:32:00.000 # Fatal error: no space")
    #expect(parser.lastWords == "Fatal error: no space")
    _ = parser.heard("Bad directive or wrong number of arguments")
    #expect(parser.lastWords == "Bad directive or wrong number of arguments")
  }
}
