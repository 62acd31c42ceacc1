extension ReplyBound {
  /// What says who serves what.
  static let topology: [ReplyBound] = [
    ReplyBound(
      "servers", "2,000", of: .clusterSlots, beyond: .refused,
      { cluster(masters: 2000) }, { cluster(masters: 2001) }, { cluster(masters: 16_384) },
      { cluster(masters: 500, replicas: 4) }, { cluster(masters: 16_384, replicas: 3) }),
    ReplyBound(
      "servers of a slot", "1", of: .clusterSlots, beyond: .refused,
      { slots((0..<16_384).map { range($0, $0, node("10.0.0.1", 7000)) }) },
      { slots([whole(node("10.0.0.1", 7000)), range(0, 0, node("10.0.0.2", 7000))]) },
      { slots((0..<16_384).map { _ in whole(node("10.0.0.1", 7000)) }) }),
    ReplyBound(
      "number of a slot", "16,383", of: .clusterSlots, beyond: .refused,
      { slots([range(0, 16_383, node("a", 1))]) }, { slots([range(0, 16_384, node("a", 1))]) },
      { slots([range(-1, 0, node("a", 1))]) }, { slots([range(.max, .max, node("a", 1))]) },
      { slots([range(5, 4, node("a", 1))]) }),
    ReplyBound(
      "port", "65,535", of: .clusterSlots, beyond: .refused,
      { slots([whole(node("a", 65_535))]) }, { slots([whole(node("a", 65_536))]) },
      { slots([whole(node("a", 0))]) }, { slots([whole(node("a", -1))]) }),
    ReplyBound(
      "length of a host", "253 bytes", of: .clusterSlots, beyond: .refused,
      { slots([whole(node(host(253), 1))]) }, { slots([whole(node(host(254), 1))]) },
      { slots([whole(node(host(900_000), 1))]) }),
    ReplyBound(
      "bytes of a host", "those of names and addresses", of: .clusterSlots, beyond: .refused,
      { slots([whole(node("fe80::1%eth0", 1))]) }, { slots([whole(node("a\r\nb", 1))]) },
      { slots([whole(node("a b", 1))]) }, { slots([whole(node("a\u{0}", 1))]) },
      { slots([whole(node("a\u{1b}[2J", 1))]) }, { slots([whole(node("/etc/passwd", 1))]) },
      { slots([whole(node("é", 1))]) }),
    ReplyBound(
      "host in the metadata", "the same", of: .clusterSlots, beyond: .refused,
      { slots([whole(node("?", 1, ["hostname", "a"]))]) },
      { slots([whole(node("?", 1, ["hostname", "a\nb"]))]) }),
    ReplyBound(
      "host of a replica", "the same", of: .clusterSlots, beyond: .leftOut,
      { slots([whole(node("a", 1), node("b", 1))]) },
      { slots([whole(node("a", 1), node("b\r\n", 1))]) },
      { slots([whole(node("a", 1), node(host(254), 1))]) },
      { slots([whole(node("a", 1), node("b", 65_536))]) }),
    ReplyBound(
      "port", "65,535", of: .sentinelMaster, beyond: .refused,
      { named("a", "65535") }, { named("a", "65536") }, { named("a", "0") }, { named("a", "x") }),
    ReplyBound(
      "length of a host", "253 bytes", of: .sentinelMaster, beyond: .refused,
      { named(host(253), "1") }, { named(host(254), "1") }, { named(host(900_000), "1") }),
    ReplyBound(
      "bytes of a host", "those of names and addresses", of: .sentinelMaster, beyond: .refused,
      { named("redis-0.redis", "1") }, { named("a\r\nb", "1") }, { named(" ", "1") },
      { named("a\u{7f}", "1") }, { named("", "1") }),
    ReplyBound(
      "replicas", "1,999", of: .role, beyond: .refused,
      { role((1...1999).map { replica("10.0.\($0 / 256).\($0 % 256)", "7000") }) },
      { role((1...2000).map { replica("10.0.\($0 / 256).\($0 % 256)", "7000") }) },
      { role((1...20_000).map { replica("10.0.\($0 / 256).\($0 % 256)", "7000") }) }),
    ReplyBound(
      "host of a replica", "253 bytes of names and addresses", of: .role, beyond: .leftOut,
      { role([replica("b", "1")]) }, { role([replica("b\r\n", "1")]) },
      { role([replica(host(254), "1")]) }, { role([replica("b", "65536")]) }),
  ]

  /// Where nodes send a client.
  static let redirections: [ReplyBound] = [
    ReplyBound(
      "number of a slot", "16,383", of: .command, beyond: .notFollowed,
      { "-MOVED 16383 127.0.0.1:1\r\n" }, { "-MOVED 16384 127.0.0.1:1\r\n" },
      { "-MOVED -1 127.0.0.1:1\r\n" }, { "-MOVED 99999999999999999999 127.0.0.1:1\r\n" }),
    ReplyBound(
      "port", "65,535", of: .command, beyond: .notFollowed,
      { "-ASK 1 127.0.0.1:65535\r\n" }, { "-ASK 1 127.0.0.1:65536\r\n" },
      { "-ASK 1 127.0.0.1:0\r\n" }, { "-ASK 1 127.0.0.1:\r\n" }),
    ReplyBound(
      "length of a host", "253 bytes", of: .command, beyond: .notFollowed,
      { "-MOVED 1 \(host(253)):1\r\n" }, { "-MOVED 1 \(host(254)):1\r\n" },
      { "-MOVED 1 \(host(900_000)):1\r\n" }),
    ReplyBound(
      "bytes of a host", "those of names and addresses", of: .command, beyond: .notFollowed,
      { "-MOVED 1 ::1:1\r\n" }, { "-MOVED 1 a\u{0}b:1\r\n" }, { "-MOVED 1 a\tb:1\r\n" },
      { "-MOVED 1 a/b:1\r\n" }, { "-ASK 1 é:1\r\n" }),
  ]

  // MARK: - Text

  private static func host(_ length: Int) -> String { String(repeating: "a", count: length) }

  /// `[host, port, id, [name, value …]]`, as Redis 7 says it.
  private static func node(_ host: String, _ port: Int, _ metadata: [String] = []) -> String {
    RESP.array([
      RESP.bulk(host), ":\(port)\r\n", RESP.bulk("id"), RESP.array(metadata.map(RESP.bulk)),
    ])
  }

  private static func range(_ first: Int, _ last: Int, _ nodes: String...) -> String {
    RESP.array([":\(first)\r\n", ":\(last)\r\n"] + nodes)
  }

  private static func whole(_ nodes: String...) -> String {
    RESP.array([":0\r\n", ":16383\r\n"] + nodes)
  }

  private static func slots(_ ranges: [String]) -> String { RESP.array(ranges) }

  /// `CLUSTER SLOTS` of so many masters, which share the slots, with so many replicas each. All have
  /// addresses of this machine where nothing listens.
  private static func cluster(masters: Int, replicas: Int = 0) -> String {
    slots(
      (0..<masters).map { number in
        let first = number * 16_384 / masters
        let last = (number + 1) * 16_384 / masters - 1
        let nodes = (0...replicas).map { copy in
          node("127.\(1 + copy).\(number / 256).\(number % 256)", 1)
        }
        return RESP.array([":\(first)\r\n", ":\(last)\r\n"] + nodes)
      })
  }

  private static func named(_ host: String, _ port: String) -> String {
    RESP.array([RESP.bulk(host), RESP.bulk(port)])
  }

  private static func role(_ replicas: [String]) -> String {
    RESP.array([RESP.bulk("master"), ":0\r\n", RESP.array(replicas)])
  }

  private static func replica(_ host: String, _ port: String) -> String {
    RESP.array([RESP.bulk(host), RESP.bulk(port), RESP.bulk("0")])
  }
}
