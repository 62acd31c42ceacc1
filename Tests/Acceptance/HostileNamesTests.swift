import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("hostile names")
  struct HostileNamesTests {
    @Test("an event id that could mean something in a key gets a 400, and Redis hears nothing")
    func events() throws {
      let names = [
        "", "a}b", "{a}", "{}", "}", "a{b}c", "%00", "a%7Db", "\0", "a\0", "a\r\nFLUSHALL\r\n",
        "a\nb", "a b", " a", "a/b", "../a", "a:b", "a,b", "*", "?", "[a-z]", "a\"b", "a\\b", "é",
        "ａ", "\u{1F3AB}", "a\u{200D}", "\u{202E}a", String(repeating: "a", count: 65),
        String(repeating: "a", count: 10_240),
      ]
      let bodies = try names.map { try body(["event_id": $0, "user_id": "A"]) }
      try expectRefusals(of: bodies, code: "INVALID_EVENT_ID")
    }

    @Test("a user id with control characters, none at all or too many bytes gets a 400")
    func users() throws {
      let names = [
        "", "\0", "a\0b", "\r\n", "a\u{1}", "\t", "\u{1B}[2J", "\u{7F}", "\u{85}", "\u{9F}",
        String(repeating: "u", count: 129), String(repeating: "é", count: 65),
        String(repeating: "u", count: 10_240),
      ]
      let bodies = try names.map { try body(["event_id": "a", "user_id": $0]) }
      try expectRefusals(of: bodies, code: "INVALID_USER_ID")
    }

    @Test("a body that is no JSON object of strings gets a 400")
    func bodies() throws {
      let bodies: [[UInt8]] = [
        [], Array("null".utf8), Array("[]".utf8), Array("\"a\"".utf8), Array("{".utf8),
        Array("{\"event_id\":\"a\",}".utf8), Array("{\"event_id\":\"a\",\"event_id\":\"b\"}".utf8),
        Array("{\"event_id\":\"a\"}}".utf8), Array("{\"event_id\" \"a\"}".utf8),
        Array("{'event_id':'a'}".utf8), Array("{\"event_id\":1}".utf8),
        Array("{\"event_id\":[\"a\"]}".utf8), Array("{\"event_id\":\"a\",\"user_id\":1}".utf8),
        Array("{\"event_id\":\"a\r\nb\"}".utf8), Array("{\"event_id\":\"a\\ud800\"}".utf8),
        Array("event_id=a".utf8), Array(repeating: UInt8(ascii: "["), count: 16_000),
        // No UTF-8: an end without a beginning, a beginning without an end, a slash in two bytes, a
        // surrogate, beyond the last character.
        bytes("{\"event_id\":\"", [0x80], "\"}"), bytes("{\"event_id\":\"", [0xC3], "\"}"),
        bytes("{\"event_id\":\"a\",\"user_id\":\"", [0xC0, 0xAF], "\"}"),
        bytes("{\"event_id\":\"a\",\"user_id\":\"", [0xED, 0xA0, 0x80], "\"}"),
        bytes("{\"event_id\":\"a\",\"user_id\":\"", [0xF5, 0x80, 0x80, 0x80], "\"}"),
      ]
      try expectRefusals(of: bodies, code: "INVALID_REQUEST")
    }

    @Test(
      "a user id may look like anything else, and is one person at one place",
      arguments: RedisKind.all)
    func harmlessUsers(_ kind: RedisKind) throws {
      let names = [
        "a}b", "{a}", "{}", "*", "%00", "\u{1F3AB}", "é", "e\u{301}", " ", "-1", "+inf", "nan",
        "0", "'; DROP TABLE people; --", "\"\\/", "</script>", "FLUSHALL",
        String(repeating: "u", count: 128), String(repeating: "é", count: 64),
      ]
      let fixture = try UsherFixture(redis: kind)
      let gateway = fixture.gateway()
      let tokens = try names.map { try gateway.token(joining: "show", as: $0) }
      for (place, token) in tokens.enumerated() {
        #expect(try gateway.position(of: token) == place + 1)
        #expect(try gateway.join("show", as: names[place]).text("waiting_token") == token)
      }
      #expect(try fixture.line(at: "show").map { Array($0.utf8) } == names.map { Array($0.utf8) })
      let keys = try fixture.store.keys("*{*").filter { !$0.hasPrefix("queue:epoch:{") }
      #expect(keys.allSatisfy { $0.hasSuffix(":{show}") })
      for (name, token) in zip(names, tokens) {
        let grant = try gateway.grant(entering: token)
        #expect(try gateway.verify(grant).text("user_id").utf8.elementsEqual(name.utf8))
      }
    }

    /// Joins with each body and expects that each is refused, before Redis is asked for anything or
    /// any of its bytes changes.
    private func expectRefusals(of bodies: [[UInt8]], code: String) throws {
      // With a secret of its own and no event that usher knows of, nothing but these joins could
      // change Redis.
      let fixture = try UsherFixture(redis: .standalone, secret: "a secret of sixteen or more")
      let redis = try fixture.server.connect()
      try redis.send("ZADD", "queue:event:{a}", "1", "somebody")
      try redis.send("HSET", "queue:state:{a}", "created", "1", "last", "1")
      try redis.send("SET", "queue:event:{}", "no event has this name")
      let before = try content(of: redis)
      let monitor = try fixture.server.monitor()
      let gateway = fixture.gateway()
      for body in bodies {
        let answer = try gateway.http.request("POST", "/api/v1/queue/join", body: body)
        let sent = Comment(rawValue: String(decoding: body.prefix(100), as: UTF8.self))
        #expect(answer.status == 400, sent)
        #expect(answer.errorCode == code, sent)
      }
      // What the back office asks by itself, with no secret to agree on.
      #expect(try monitor.lines().filter { !$0.isOfIdleSidecar } == [])
      #expect(try content(of: redis) == before)
      // The same request with a name that is one: nothing else was wrong.
      #expect(try gateway.join("a", as: "A").status == 202)
    }

    private func content(of redis: RedisConnection) throws -> [String: RedisReply] {
      let keys = try redis.send("KEYS", "*").texts
      return Dictionary(
        uniqueKeysWithValues: try keys.map { ($0, try redis.send("DUMP", $0)) })
    }

    private func body(_ members: [String: String]) throws -> [UInt8] {
      Array(try JSONSerialization.data(withJSONObject: members))
    }

    private func bytes(_ head: String, _ middle: [UInt8], _ tail: String) -> [UInt8] {
      Array(head.utf8) + middle + Array(tail.utf8)
    }
  }
}
