import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// What answers is no Redis, or one that an attacker has taken over.
  @Suite("Redis lies", .tags(.fault))
  struct HostileRedisFaults {
    typealias Lie = TamperingProxy.Lie

    private static let lies = [
      Lie("a bulk of 2 GB") { line in
        line.say(Array("$2000000000\r\n".utf8))
        let chunk = [UInt8](repeating: 120, count: 65_536)
        while line.say(chunk) {}
      },
      Lie("an array without end") { line in
        line.say(Array("*2000000000\r\n".utf8))
        let chunk = Array(String(repeating: ":1\r\n", count: 16_384).utf8)
        while line.say(chunk) {}
      },
      Lie("arrays in arrays", String(repeating: "*1\r\n", count: 100_000)),
      Lie("wide arrays in arrays", String(repeating: "*1000000\r\n", count: 7)),
      Lie("an error of 900 KB", "-ERR \(String(repeating: "x", count: 900_000))\r\n"),
      Lie("garbage") { line in
        var random = SystemRandomNumberGenerator()
        line.say((0..<4096).map { _ in UInt8.random(in: 0...255, using: &random) })
      },
      Lie("garbage at once", isAtOnce: true, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
      Lie("HTTP", isAtOnce: true, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
      Lie("an error to the greeting", isAtOnce: true) { line in
        line.say(Array("-ERR \(UInt64.random(in: 0...UInt64.max))\r\n".utf8))
      },
      Lie("replies that answer nothing", "+OK\r\n+OK\r\n:1\r\n"),
      Lie("a reply in drops") { line in
        line.say(Array("$1000\r\n".utf8))
        while line.isOpen, line.say([120]) { usleep(10_000) }
      },
      Lie("half a reply") { line in
        line.say(Array("*3\r\n:1\r\n$10\r\nhal".utf8))
        line.finish()
      },
      Lie("a negative length", "$-7\r\n"),
      Lie("a length of 30 digits", "*999999999999999999999999999999\r\n"),
      Lie("replies of all types and extremes") { line in
        let replies = [
          ":9223372036854775807\r\n", ":-9223372036854775808\r\n", "$3\r\nnan\r\n", "*0\r\n",
          "$-1\r\n", "*-1\r\n", "+\r\n", "-\r\n", "$0\r\n\r\n", "*2\r\n:1\r\n*1\r\n-ERR\r\n",
          "*18\r\n" + String(repeating: ":9007199254740991\r\n", count: 18),
          "*18\r\n" + String(repeating: "$4\r\n-inf\r\n", count: 18),
          "*8\r\n:0\r\n" + String(repeating: ":-1\r\n", count: 7), "-NOSCRIPT no\r\n",
          "*6\r\n:1\r\n" + String(repeating: ":9223372036854775807\r\n", count: 5),
          "*6\r\n:1\r\n:0\r\n:1\r\n:9223372036854775807\r\n:-1\r\n:1\r\n",
          "*8\r\n:1\r\n" + String(repeating: ":9223372036854775807\r\n", count: 7),
          "-MOVED 1 1.2.3.4:5\r\n", "-ASK 1 x\r\n", "-TRYAGAIN\r\n", "-LOADING\r\n",
        ]
        line.say(Array((replies.randomElement() ?? "").utf8))
      },
    ]

    @Test(
      "each lie costs the connection that it is told on, and no memory; the truth is enough after")
    func lies() throws {
      let redis = try RedisServer()
      let proxy = try TamperingProxy(before: redis)
      defer { proxy.stop() }
      let fixture = try UsherFixture(
        redis: .server(redis, url: "\(proxy.address)"),
        flags: ["--fronts", "2", "--grant-ttl", "10m"])
      let (usher, gateway) = (fixture.usher, fixture.gateway())
      let grant = try gateway.grant(entering: gateway.token(joining: "show-0", as: "B"))
      let token = try gateway.token(joining: "show-0", as: "A")
      _ = try gateway.position(of: token)
      let before = try usher.memory()
      var faults: [String] = []
      for lie in Self.lies {
        faults += try Self.live(through: lie, of: proxy, usher, token, grant)
          .map { "\(lie.name): \($0)" }
      }
      let growth = try usher.memory().peak - before.resident
      print("\(Self.lies.count) lies: \(growth) KB more at the most than \(before.resident) KB")
      // Four lanes and the back office, a reply of the greatest length each.
      // A sanitizer keeps what was freed.
      if !Patience.isSanitized { #expect(growth < 48 * 1024) }
      #expect(faults == [])
    }

    private static func live(
      through lie: Lie, of proxy: TamperingProxy, _ usher: UsherProcess, _ token: String,
      _ grant: String
    ) throws -> [String] {
      proxy.tell(lie)
      let traffic = Traffic(at: usher, perSecond: 60)
      var faults = buy(at: usher, with: grant, for: .milliseconds(1200))
      let answers = try traffic.stop()
      let tally = proxy.tally
      proxy.tell(nil)
      faults += answers.filter { $0.took > .seconds(2) || $0.status == 0 }.map {
        "\($0.route) took \($0.took): \($0.status) \($0.text)"
      }
      if tally.lies == 0 { faults.append("it was not told") }
      if tally.closedWithout > 0 { faults.append("\(tally) connections without a lie") }
      if tally.closedAfterLie > tally.lies { faults.append("\(tally)") }
      // Two fronts with two lanes, work and checks: some more are being made than there are.
      if tally.most > 30 { faults.append("\(tally.most) connections at a time") }
      let gateway = Gateway(usher)
      do {
        try eventually("all is well", within: .seconds(5)) {
          try gateway.status(of: token).status == 200
            && gateway.join("show-0", as: "A").status == 409
        }
      } catch { faults.append("\(error)") }
      return faults
    }

    /// Asks for seats and stock for a while; says what hung, or got no answer.
    private static func buy(
      at usher: UsherProcess, with grant: String, for time: Duration
    ) -> [String] {
      let end = ContinuousClock.now + time
      let http = usher.client()
      let hold: [String: Any] = [
        "event_id": "show-0", "seat_ids": ["A-1"], "reservation_token": grant,
      ]
      let take = ["event_id": "show-0", "item": "coupon", "user_id": "C"]
      let requests: [(name: String, send: () throws -> HTTPResponse)] = [
        ("hold", { try http.post("/api/v1/seats/hold", json: hold) }),
        ("take", { try http.post("/api/v1/stock/take", json: take) }),
        ("map", { try http.get("/api/v1/events/show-0/seats") }),
      ]
      var faults: [String] = []
      while ContinuousClock.now < end {
        for (name, send) in requests {
          let sentAt = ContinuousClock.now
          do {
            _ = try send()
            let took = ContinuousClock.now - sentAt
            if took > .seconds(2) { faults.append("\(name) took \(took)") }
          } catch { faults.append("\(name): \(error)") }
        }
        usleep(20_000)
      }
      return faults
    }
  }
}
