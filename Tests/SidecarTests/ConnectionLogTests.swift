import Redis
import Testing

@testable import Sidecar

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
    #expect(lines(after: .opened, .opened) == 0)
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
