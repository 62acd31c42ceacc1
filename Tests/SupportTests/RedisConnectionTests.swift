import TestSupport
import Testing

@Suite("RedisConnection")
struct RedisConnectionTests {
  @Test("each kind of reply is read, whatever the bytes")
  func replies() throws {
    let redis = try RedisServer().connect()
    #expect(try redis.send("SET", "k", "a\r\nb") == .status("OK"))
    #expect(try redis.send("GET", "k") == .text("a\r\nb"))
    #expect(try redis.send("GET", "none") == .null)
    #expect(try redis.send("INCR", "n") == .integer(1))
    #expect(try redis.send("GET", "n").integer == 1)
    #expect(try redis.send("LPOP", "none", "2") == .null)
    #expect(try redis.send("NONE").text == nil)
    #expect(
      try redis.send("EVAL", "return {1, {'a', false}, {}}", "0")
        == .array([.integer(1), .array([.text("a"), .null]), .array([])]))
    #expect(try redis.send("MGET", "k", "none", "n").texts == ["a\r\nb", "1"])
    guard case .error(let message) = try redis.send("INCR", "k") else {
      throw TestFailure("no error")
    }
    #expect(message.hasPrefix("ERR value is not an integer"))
  }

  @Test("bytes that are no text go there and come back")
  func bytes() throws {
    let redis = try RedisServer().connect()
    let bytes: [UInt8] = [0, 255, 13, 10, 0]
    #expect(try redis.send(bytes: [Array("SET".utf8), bytes, bytes]) == .status("OK"))
    #expect(try redis.send(bytes: [Array("GET".utf8), bytes]) == .bulk(bytes))
  }

  @Test("many commands at once get their replies in order")
  func pipeline() throws {
    let redis = try RedisServer().connect()
    let replies = try redis.send(pipeline: (0..<10_000).map { ["ECHO", "\($0)"] })
    #expect(replies == (0..<10_000).map { .text("\($0)") })
  }

  @Test("a monitor tells all that was executed until it is asked, and no more the next time")
  func monitor() throws {
    let server = try RedisServer()
    let redis = try server.connect()
    let (monitor, other) = (try server.monitor(), try server.monitor())
    #expect(try monitor.lines() == [])
    #expect(try other.lines() == [])
    try redis.send("set", "a \"b\" \\", "\n\r\t\u{7}é")
    try redis.send("EVAL", "return redis.call('GET', KEYS[1])", "1", "x]")
    let lines = try monitor.lines()
    #expect(lines.map(\.name) == ["SET", "EVAL", "GET"])
    #expect(lines[0].arguments == ["a \"b\" \\", "\n\r\t\u{7}é"])
    #expect(lines.map(\.isFromScript) == [false, false, true])
    #expect(lines[2].arguments == ["x]"])
    try redis.send("PING")
    #expect(try monitor.lines().map(\.name) == ["PING"])
    for number in 0..<5000 { try redis.send("GET", "\(number)") }
    #expect(try monitor.lines().map(\.arguments) == (0..<5000).map { ["\($0)"] })
  }
}
