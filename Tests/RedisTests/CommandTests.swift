import Testing

@testable import Redis

@Suite struct CommandTests {
  /// The words of a command, after hiredis' reader has accepted it as RESP.
  private func words(_ command: Command) throws -> [String] {
    let sentences = try sentences(command)
    try #require(sentences.count == 1)
    return sentences[0]
  }

  /// The same for what is more than one command on the wire.
  private func sentences(_ command: Command, asking: Bool = false) throws -> [[String]] {
    var output = OutputBuffer()
    command.encode(to: &output, asking: asking)
    let parser = ReplyParser(maxReplyBytes: 1 << 20)
    try parser.feed(output.unwritten)
    var sentences: [[String]] = []
    while let array = try parser.next() {
      sentences.append(array.elements.map { $0.text ?? "" })
    }
    return sentences
  }

  private let script = Script(name: "one", source: Array("return 1".utf8))

  @Test("each command says exactly this")
  func encoding() throws {
    #expect(try words(.ping) == ["PING"])
    #expect(try words(.time) == ["TIME"])
    #expect(try words(.info(.commandstats)) == ["INFO", "commandstats"])
    #expect(try words(.clusterSlots) == ["CLUSTER", "SLOTS"])
    #expect(try words(.role) == ["ROLE"])
    #expect(
      try words(.sentinelMaster("shop")) == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop"])
    #expect(try words(.get(Key("k"))) == ["GET", "k"])
    #expect(try words(.setIfAbsent(Key("k"), Array("v".utf8))) == ["SET", "k", "v", "NX"])
    #expect(try words(.set(Key("k"), Array("v".utf8))) == ["SET", "k", "v"])
    #expect(try words(.hmget(Key("h"), ["a", "b"])) == ["HMGET", "h", "a", "b"])
    #expect(
      try sentences(.zscoreAndRank(Key("z"), "m")) == [["ZSCORE", "z", "m"], ["ZRANK", "z", "m"]])
    #expect(try words(.zcard(Key("z"))) == ["ZCARD", "z"])
  }

  @Test("ASKING goes before each command on the wire")
  func asking() throws {
    #expect(try sentences(.get(Key("k")), asking: true) == [["ASKING"], ["GET", "k"]])
    #expect(
      try sentences(.zscoreAndRank(Key("z"), "m"), asking: true)
        == [["ASKING"], ["ZSCORE", "z", "m"], ["ASKING"], ["ZRANK", "z", "m"]])
  }

  @Test("sorted sets take many members, all of them or only rising ones")
  func adding() throws {
    let members = [ScoredMember(score: 1, member: "a"), ScoredMember(score: -2, member: "b")]
    #expect(try words(.zadd(Key("z"), members, .always)) == ["ZADD", "z", "1", "a", "-2", "b"])
    #expect(
      try words(.zadd(Key("z"), members, .raiseKnown))
        == ["ZADD", "z", "XX", "GT", "1", "a", "-2", "b"])
  }

  @Test("ranges are bounded by scores and by a limit")
  func ranges() throws {
    let all = ScoreRange()
    #expect(
      try words(.zrangeByScore(Key("z"), all, limit: 9, withScores: false))
        == ["ZRANGE", "z", "-inf", "+inf", "BYSCORE", "LIMIT", "0", "9"])
    let some = ScoreRange(from: .excluding(-5), to: .including(7))
    #expect(
      try words(.zrangeByScore(Key("z"), some, limit: 65535, withScores: true))
        == ["ZRANGE", "z", "(-5", "7", "BYSCORE", "LIMIT", "0", "65535", "WITHSCORES"])
    #expect(
      try words(.zremrangeByScore(Key("z"), ScoreRange(to: .excluding(3))))
        == ["ZREMRANGEBYSCORE", "z", "-inf", "(3"])
    #expect(
      try words(.xrange(Key("x"), from: "5-1", limit: 9))
        == ["XRANGE", "x", "5-1", "+", "COUNT", "9"])
  }

  @Test("a script is called by its SHA-1, with keys and arguments of every type")
  func calls() throws {
    #expect(script.sha1 == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    let call = Command.evalsha(
      script, keys: [Key("a"), Key("b")], arguments: [.text("t"), .integer(-9), .bytes([65])])
    #expect(
      try words(call) == ["EVALSHA", script.sha1, "2", "a", "b", "t", "-9", "A"])
    #expect(try words(.evalsha(script, keys: [], arguments: [])) == ["EVALSHA", script.sha1, "0"])
  }

  @Test("every kind has the name that Redis uses")
  func names() {
    #expect(
      Command.Kind.allCases.map(\.name) == [
        "ping", "time", "info", "cluster", "role", "sentinel", "get", "set", "hmget", "zrank",
        "zscore", "zcard", "zadd", "zrange", "zremrangebyscore", "xrange", "evalsha",
      ])
    #expect(Command.zcard(Key("z")).kind == .zcard)
    #expect(Command.setIfAbsent(Key("k"), []).kind == .set)
    #expect(Command.set(Key("k"), []).kind == .set)
    #expect(Command.evalsha(script, keys: [], arguments: []).script === script)
  }
}
