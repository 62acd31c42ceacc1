import Testing

@testable import Redis

@Suite struct SlotTests {
  @Test("CRC16 as the cluster specification has it")
  func checksum() {
    #expect(Slot.crc16("123456789".utf8) == 0x31C3)
    #expect(Slot.crc16("".utf8) == 0)
  }

  /// The slots are what `CLUSTER KEYSLOT` of Redis 7.0 says.
  @Test(
    "a key lies where Redis says",
    arguments: [
      ("", 0), ("foo", 12182), ("somekey", 11058), ("queue:events", 11362), ("queue:secret", 177),
      ("foo{hash_tag}", 2515), ("{hash_tag}", 2515), ("bar{hash_tag}x{y}", 2515),
      ("queue:event:{demo}", 903), ("{demo}", 903), ("demo", 903),
      ("a:{}x", 7852), ("a:{", 2553), ("a:}b{c}", 7365), ("foo{{bar}}zap", 4015),
      ("foo{bar}{zap}", 5061), ("대기{줄}", 5606),
    ])
  func keys(key: String, slot: UInt16) {
    #expect(Key(key).slot == slot)
  }

  @Test("a command belongs to the slot of its keys")
  func commands() {
    let key = Key("foo")
    let script = Script(name: "one", source: Array("return 1".utf8))
    let commands: [Command] = [
      .get(key), .setIfAbsent(key, []), .set(key, []), .hmget(key, ["f"]), .zscoreAndRank(key, "m"),
      .zcard(key), .zadd(key, [], .always), .zremrangeByScore(key, ScoreRange()),
      .zrangeByScore(key, ScoreRange(), limit: 1, withScores: false),
      .xrange(key, from: "-", limit: 1), .evalsha(script, keys: [key], arguments: []),
    ]
    for command in commands { #expect(command.slot == 12182) }
    for command in [Command.ping, .time, .info(.server), .clusterSlots, .role] {
      #expect(command.slot == nil)
    }
    #expect(Command.evalsha(script, keys: [], arguments: []).slot == nil)
  }
}
