import Loop
import Testing

@testable import Logging

@Suite("LogLine")
struct LogLineTests {
  private static let time = WallTime(milliseconds: 1_763_717_400_007)

  private func text(
    _ message: String, _ fields: [(key: StaticString, value: Log.Value)], _ format: Log.Format,
    level: Log.Level = .info
  ) -> String {
    let line = LogLine(time: Self.time, level: level, message: message, fields: fields)
    return String(decoding: line.bytes(format), as: UTF8.self)
  }

  @Test("JSON has time, level and message first, then the fields in order")
  func json() {
    let fields: [(key: StaticString, value: Log.Value)] = [
      ("operation", "join"), ("users", 32), ("rate", 0.5), ("ok", true),
    ]
    #expect(
      text("joined", fields, .json)
        == #"{"ts":"2025-11-21T09:30:00.007Z","level":"info","msg":"joined","#
        + #""operation":"join","users":32,"rate":0.5,"ok":true}"# + "\n")
  }

  @Test("text has the same, and quotation marks only where something could be misread")
  func plain() {
    let fields: [(key: StaticString, value: Log.Value)] = [
      ("operation", "join"), ("users", 32), ("rate", 0.5), ("ok", true), ("error", "no such file"),
      ("empty", ""), ("sign", "a=b"),
    ]
    #expect(
      text("it has joined", fields, .text)
        == "2025-11-21T09:30:00.007Z INFO  it has joined operation=join users=32 rate=0.5 ok=true "
        + "error=\"no such file\" empty=\"\" sign=\"a=b\"\n")
  }

  @Test("levels take the same room in text")
  func levels() {
    let lines = Log.Level.allCases.map { text("m", [], .text, level: $0) }
    #expect(lines.map { $0.dropFirst(25) } == ["DEBUG m\n", "INFO  m\n", "WARN  m\n", "ERROR m\n"])
  }

  @Test("no message and no field can begin a line of its own", arguments: Log.Format.allCases)
  func injection(format: Log.Format) {
    let evil = "a\r\n2025-11-21T09:30:00.007Z ERROR forged\u{85}\0"
    let line = text(evil, [("user_id", .text(evil))], format)
    #expect(line.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
    #expect(line.hasSuffix("\n"))
    let controls = line.dropLast().unicodeScalars.filter {
      $0.properties.generalCategory == .control
    }
    #expect(controls.isEmpty)
  }

  @Test("a time is written in UTC with milliseconds")
  func times() {
    #expect("\(WallTime(milliseconds: 0))" == "1970-01-01T00:00:00.000Z")
    #expect("\(WallTime(milliseconds: 951_827_696_999))" == "2000-02-29T12:34:56.999Z")
    #expect("\(WallTime(milliseconds: 4_102_444_800_010))" == "2100-01-01T00:00:00.010Z")
  }
}
