extension ReplyBound {
  /// What any reply is made of. The longest reply is the caller's; a front takes 1 MiB.
  static let resp: [ReplyBound] = [
    ReplyBound(
      "length of a reply", "1 MiB", of: .command, beyond: .closed,
      { RESP.bulk(String(repeating: "x", count: (1 << 20) - 12)) },
      { RESP.bulk(String(repeating: "x", count: 1 << 20)) },
      { "$2000000000\r\n" + String(repeating: "x", count: 2 << 20) },
      { "+" + String(repeating: "x", count: 2 << 20) }),
    ReplyBound(
      "declared length", "2³¹ - 1, and none below -1", of: .command, beyond: .closed,
      { "$-1\r\n" }, { "$-2\r\n" }, { "$99999999999999999999\r\n" }, { "*-2\r\n" },
      { "*99999999999999999999\r\n" }),
    ReplyBound(
      "elements of a reply", "65,535", of: .command, beyond: .closed,
      { RESP.array([String](repeating: ":1\r\n", count: 65_500)) },
      { RESP.array([String](repeating: ":1\r\n", count: 65_600)) },
      { "*2000000000\r\n" + String(repeating: ":1\r\n", count: 100_000) }),
    ReplyBound(
      "arrays inside each other", "7", of: .command, beyond: .closed,
      { String(repeating: "*1\r\n", count: 7) + ":1\r\n" },
      { String(repeating: "*1\r\n", count: 8) + ":1\r\n" },
      { String(repeating: "*1\r\n", count: 100_000) }),
    ReplyBound(
      "whole number", "2⁶³ - 1", of: .command, beyond: .closed,
      { ":9223372036854775807\r\n" }, { ":9223372036854775808\r\n" },
      { ":99999999999999999999\r\n" }),
    ReplyBound(
      "length of an error", "512 bytes", of: .command, beyond: .cut,
      { "-ERR \(String(repeating: "x", count: 508))\r\n" },
      { "-ERR \(String(repeating: "x", count: 509))\r\n" },
      { "-ERR \(String(repeating: "x", count: 900_000))\r\n" }),
  ]

  /// What usher computes with.
  static let values: [ReplyBound] =
    [
      ReplyBound(
        "time of Redis", "±(2⁵³ - 1) µs", of: .command, beyond: .noNumber,
        { ":9007199254740991\r\n" }, { ":9007199254740992\r\n" }, { ":-9223372036854775808\r\n" },
        { ":9223372036854775807\r\n" }, { RESP.bulk("1e400") }),
      ReplyBound(
        "place in line", "0 to 2⁵³ - 1", of: .command, beyond: .noNumber,
        { ":9007199254740991\r\n" }, { ":-1\r\n" }, { ":9007199254740992\r\n" },
        { RESP.bulk("-0.5") }),
      ReplyBound(
        "tokens", "±10¹⁸", of: .command, beyond: .noNumber,
        { RESP.bulk("1e18") }, { RESP.bulk("1.1e18") }, { RESP.bulk("inf") }, { RESP.bulk("-inf") },
        { RESP.bulk("nan") }, { RESP.bulk("1e400") }),
      ReplyBound(
        "count in INFO", "2⁵³", of: .info, beyond: .noNumber,
        { info("9007199254740992") }, { info("9007199254740993") },
        { info("18446744073709551615") },
        { info("99999999999999999999") }, { info("-1") }, { info("nan") }, { info("inf") },
        { info("1e999") }),
      ReplyBound(
        "value in INFO", "256 bytes", of: .info, beyond: .leftOut,
        { info(String(repeating: "1", count: 256)) }, { info(String(repeating: "1", count: 257)) },
        { info(String(repeating: "1", count: 100_000)) }),
      ReplyBound(
        "lines in INFO", "those that are read", of: .info, beyond: .leftOut,
        { info("1") },
        { RESP.bulk((0..<80_000).map { "a\($0):\($0)\r\n" }.joined()) },
        { RESP.bulk(String(repeating: "\r\n", count: 500_000)) }),
      ReplyBound(
        "secret", "16 to 65,536 bytes", of: .secret, beyond: .refused,
        { RESP.bulk(String(repeating: "s", count: 65_536)) },
        { RESP.bulk(String(repeating: "s", count: 65_537)) }, { RESP.bulk("short") },
        { RESP.bulk("") }, { ":1\r\n" }),
      ReplyBound(
        "name of an event", "64 bytes of names", of: .events, beyond: .leftOut,
        { RESP.array([RESP.bulk(String(repeating: "e", count: 64))]) },
        { RESP.array([RESP.bulk(String(repeating: "e", count: 65))]) },
        { RESP.array([RESP.bulk("a}b")]) }, { RESP.array([RESP.bulk("\r\n")]) },
        { RESP.array([":1\r\n", "*1\r\n:1\r\n", "$-1\r\n"]) },
        // To look for one element after the other in such an array takes the square of the time.
        { RESP.array([String](repeating: "*1\r\n:1\r\n", count: 100_000)) }),
    ] + scripts

  /// Replies of the shapes of scripts: pulse has 22 elements, enter 9 or 7, sweep and map 8 and more, and the
  /// others fewer.
  private static let scripts = [2, 3, 4, 6, 7, 9, 22].map { count in
    ReplyBound(
      "numbers of a script that returns \(count)", "each as above", of: .command, beyond: .noNumber,
      { script(count, "0") }, { script(count, "9223372036854775807") },
      { script(count, "-9223372036854775808") }, { script(count, "-1") }, { script(count, "nan") },
      { script(count, "1e308") }, { script(count, "9007199254740992") },
      { script(count, "-9007199254740992") })
  }

  private static func script(_ count: Int, _ number: String) -> String {
    RESP.array([":1\r\n"] + [String](repeating: RESP.bulk(number), count: count - 1))
  }

  /// A section with all that usher reads, each of this value.
  private static func info(_ value: String) -> String {
    let names = [
      "connected_clients", "used_memory", "maxmemory", "evicted_keys", "used_cpu_user",
      "used_cpu_sys", "maxmemory_policy",
    ]
    // Another run each time: what was counted before is added to.
    let run = "run_id:\(UInt64.random(in: 0 ... .max))\r\n"
    return RESP.bulk(
      run + names.map { "\($0):\(value)\r\n" }.joined()
        + "cmdstat_keys:calls=\(value),usec=1\r\n")
  }
}
