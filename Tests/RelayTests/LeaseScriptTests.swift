import Queue
import TestSupport
import Testing

@testable import Redis
@testable import Relay

@Suite("lease.lua")
struct LeaseScriptTests {
  private let server: RedisServer
  private let redis: RedisConnection
  private let course: Course
  private let ttl = Duration.milliseconds(300)

  init() throws {
    server = try RedisServer()
    redis = try server.connect()
    course = Course(.sales, of: try #require(EventID("e")))
    let source = String(decoding: RelayScripts.lease.source, as: UTF8.self)
    #expect(try redis.send("SCRIPT", "LOAD", source).text == RelayScripts.lease.sha1)
  }

  private func ask(
    _ relay: String, _ wish: LeaseScript.Wish = .hold, sink: String = "postgresql",
    ttl: Duration? = nil, progress: LeaseScript.Progress? = nil
  ) throws -> Int64? {
    let keys = LeaseScript.keys(course, in: .plain).map(\.text)
    let arguments = LeaseScript.arguments(
      course, sink: sink, relay: relay, wish: wish, ttl: ttl ?? self.ttl, progress: progress)
    let texts = arguments.map { argument in
      switch argument {
      case .text(let text): text
      case .integer(let number): "\(number)"
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      }
    }
    let reply = try redis.send(["EVALSHA", RelayScripts.lease.sha1, "2"] + keys + texts)
    guard let first = reply.elements?.first?.integer else { throw TestFailure("\(reply)") }
    return first
  }

  @Test("one relay has it, until it gives it back or does not ask for as long as it lasts")
  func holding() throws {
    #expect(try ask("a", .look) == 2)
    #expect(try ask("a") == 1)
    #expect(try ask("b") == 0)
    #expect(try ask("a") == 1)
    #expect(try ask("a", .release) == 2)
    #expect(try ask("b", .look) == 2)
    #expect(try ask("b") == 1)
    #expect(try ask("a") == 0)
    try eventually("it ends by itself") { try ask("a") == 1 }
    #expect(try ask("b", .release) == 0)
  }

  @Test("each sink has a lease of its own")
  func sinks() throws {
    #expect(try ask("a") == 1)
    #expect(try ask("b", sink: "kafka") == 1)
  }

  @Test("a lease from a clock that was ahead ends as if it were made now")
  func clockAhead() throws {
    try redis.send("HSET", "queue:relay:{e}", "postgresql:sales", "- - a 1 9999999999999999")
    #expect(try ask("b") == 0)
    try eventually("it ends") { try ask("b") == 1 }
  }

  @Test("what stands there in another form is nobody's")
  func nonsense() throws {
    try redis.send("HSET", "queue:relay:{e}", "postgresql:sales", "nonsense")
    #expect(try ask("a") == 1)
  }

  @Test("the stream is trimmed to what the slowest sink has, and only where that entry is there")
  func trimming() throws {
    for number in 1...1000 {
      try redis.send("XADD", "stream:stock:{e}", "\(number)-0", "epoch", "1", "user", "p")
    }
    func length() throws -> Int64? { try redis.send("XLEN", "stream:stock:{e}").integer }
    func progress(_ number: Int64, epoch: String = "1") -> LeaseScript.Progress {
      .init(epoch: epoch, id: StreamID(milliseconds: number, number: 0), fence: 3)
    }
    _ = try ask("a", ttl: .seconds(60), progress: progress(900, epoch: "2"))
    #expect(try length() == 1000)
    _ = try ask("b", sink: "kafka", ttl: .seconds(60))
    _ = try ask("a", ttl: .seconds(60), progress: progress(900))
    #expect(try length() == 1000)
    _ = try ask("b", sink: "kafka", ttl: .seconds(60), progress: progress(500))
    let left = try #require(try length())
    #expect((501...700).contains(left))
    #expect(try redis.send("XRANGE", "stream:stock:{e}", "500-0", "500-0").elements?.count == 1)
  }

  @Test("luacheck finds nothing wrong in the scripts")
  func lint() throws {
    for script in RelayScripts.all {
      let problems = try LuaCheck.problems(in: script.source)
      #expect(problems == "", "\(problems)")
    }
  }
}
