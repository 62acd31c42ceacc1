import Loop
import Redis
import TestSupport
import Testing

@testable import Logging
@testable import Operations

@Suite("ConnectionLog")
struct ConnectionLogTests {
  @Test("a reason is logged once, until another one or a connection comes between")
  func onlyNews() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(Log(level: .info, format: .text, descriptor: pipe.writeEnd))
    func lines(after events: PoolEvent...) -> Int {
      for event in events { log.observe(event, of: "a") }
      return pipe.read().split(separator: "\n").count
    }
    #expect(lines(after: .openingFailed("no"), .openingFailed("no"), .waitTimedOut) == 1)
    #expect(lines(after: .openingFailed("never"), .openingFailed("no")) == 2)
    #expect(lines(after: .openingFailed("no")) == 0)
    #expect(lines(after: .opened, .opened) == 1)
    #expect(lines(after: .openingFailed("no")) == 1)
  }

  @Test("what one node does is no news of another")
  func eachNode() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(Log(level: .info, format: .text, descriptor: pipe.writeEnd))
    log.observe(.openingFailed("no"), of: "a")
    log.observe(.opened, of: "b")
    log.observe(.openingFailed("no"), of: "a")
    #expect(pipe.read().split(separator: "\n").count == 1)
  }

  @Test(
    "of very many nodes that cannot be reached, a few lines are told, and how many more there are")
  func manyNodes() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(Log(level: .info, format: .text, descriptor: pipe.writeEnd))
    for node in 0..<100 { log.observe(.openingFailed("no \(node)"), of: "\(node)") }
    for node in 0..<50 { log.observe(.opened, of: "\(node)") }
    log.tick(at: .now)
    #expect(pipe.read().split(separator: "\n").count == 10)
    log.tick(at: .now + .seconds(11))
    #expect(pipe.read().contains("lines=140"))
    // What was told before is news again of a node that was forgotten.
    log.observe(.openingFailed("no 99"), of: "99")
    #expect(pipe.read().isEmpty)
    log.forget("99")
    log.observe(.openingFailed("no 99"), of: "99")
    #expect(pipe.read().contains("no 99"))
  }

  @Test("a failure of commands is told once, with what to do, and once more when it is over")
  func troubles() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(Log(level: .info, format: .json, descriptor: pipe.writeEnd))
    let full = PoolEvent.failed(
      .evalsha, script: nil, .server(code: "OOM", message: "command not allowed"), after: nil)
    for _ in 1...3 { log.observe(full, of: "a") }
    let line = pipe.read()
    #expect(line.split(separator: "\n").count == 1)
    for part in [#""level":"warn""#, #""reason":"OOM""#, "command not allowed", "maxmemory"] {
      #expect(line.contains(part), "\(line)")
    }
    log.tick(at: Instant.now)
    #expect(pipe.read() == "")
    log.tick(at: Instant.now + .seconds(10))
    let end = pipe.read()
    #expect(end.contains(#""level":"info""#) && end.contains(#""reason":"OOM""#))
    log.tick(at: Instant.now + .seconds(20))
    #expect(pipe.read() == "")
  }

  @Test("a redis-server of our own is not told of as long as it is not there")
  func ownServer() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(
      Log(level: .info, format: .json, descriptor: pipe.writeEnd), tellsOfConnecting: false)
    log.observe(.openingFailed("no"), of: "a")
    log.observe(.opened, of: "a")
    #expect(pipe.read() == "")
  }

  @Test("a connection that is refused for want of the right password says what to look at")
  func password() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(Log(level: .info, format: .json, descriptor: pipe.writeEnd))
    log.observe(
      .openingFailed("redis:6379 refused AUTH: Redis answered WRONGPASS invalid"), of: "a")
    #expect(pipe.read().contains("--redis-password-file"))
  }

  @Test("the line names the reason")
  func reason() throws {
    let pipe = try Pipe()
    let log = ConnectionLog(Log(level: .info, format: .json, descriptor: pipe.writeEnd))
    log.observe(.openingFailed("redis:6379: its certificate expired on Monday"), of: "redis:6379")
    let line = pipe.read()
    #expect(line.contains(#""level":"warn""#))
    #expect(line.contains(#""error":"redis:6379: its certificate expired on Monday""#))
  }
}
