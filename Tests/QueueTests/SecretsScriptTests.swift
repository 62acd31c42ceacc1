import Redis
import TestSupport
import Testing

@testable import Queue

@Suite("secrets.lua")
struct SecretsScriptTests {
  private let server: RedisServer
  private let redis: RedisConnection

  init() throws {
    server = try RedisServer()
    redis = try server.connect()
    try redis.send("SCRIPT", "LOAD", String(decoding: Self.script.source, as: UTF8.self))
  }

  private static let script = QueueScripts().secrets

  private func write(
    _ changes: (place: String, found: String, text: String)...
  ) throws -> RedisReply {
    let arguments = SecretsScript.arguments(
      changes.map { .init(place: $0.place, found: Array($0.found.utf8), text: $0.text) })
    return try redis.send(
      ["EVALSHA", Self.script.sha1, "1", EventKeys.secrets.text] + arguments.map(\.testText))
  }

  private func places() throws -> [String?] {
    let reply = try redis.send("HMGET", EventKeys.secrets.text, "1", "2", "3")
    return (reply.elements ?? []).map(\.text)
  }

  private func isDone(_ reply: RedisReply) throws -> Bool? {
    try withReply(reply.encoded) { SecretsScript.Reply($0)?.isDone }
  }

  @Test("writes what the caller decided on, as long as nobody was first")
  func writes() throws {
    #expect(try isDone(write(("1", "", "a"), ("3", "", "c"))) == true)
    #expect(try places() == ["a", nil, "c"])
    #expect(try isDone(write(("3", "c", "d"), ("2", "", "b"))) == true)
    #expect(try places() == ["a", "b", "d"])
  }

  @Test("writes nothing at all when another was first at one of the places")
  func conflict() throws {
    #expect(try isDone(write(("1", "", "a"))) == true)
    for changes in [("1", "", "x"), ("1", "b", "x"), ("2", "b", "x")] {
      #expect(try isDone(write(("3", "", "c"), changes)) == false)
      #expect(try places() == ["a", nil, nil])
    }
  }

  @Test("changes nothing where its key is of a wrong type, and where memory is out")
  func refused() throws {
    try redis.send("SET", EventKeys.secrets.text, "text")
    #expect(try write(("1", "", "a")).isError)
    #expect(try redis.send("GET", EventKeys.secrets.text).text == "text")
    try redis.send("DEL", EventKeys.secrets.text)
    try redis.send("CONFIG", "SET", "maxmemory", "1")
    #expect(try write(("1", "", "a"), ("2", "", "b")).isError)
    #expect(try places() == [nil, nil, nil])
  }
}

extension RedisReply {
  fileprivate var isError: Bool { if case .error = self { true } else { false } }
}
