import Foundation
import Queue
import TestSupport
import Testing

extension WholeProgram {
  @Suite("hostile input", .tags(.fault, .long))
  struct HostileInputFaults {
    private static let requests = Selection.amount(normal: 20_000, long: 100_000)
    private static let clients = 48

    @Test("each of many hostile requests is answered, none with a 5xx, and no key is strange")
    func manyRequests() throws {
      let fixture = try UsherFixture.sellingSeats(
        redis: .standalone,
        flags: ["--fronts", "2", "--redis-timeout", "30s", "--log-level", "warn"])
      try fixture.putSeats(["A-1", "A-2"])
      try fixture.putStock("coupon", 10)
      var malice = RequestFuzzer(seed: 1, genuine: try genuine(in: fixture))
      var tally = Tally()
      let swarm = Swarm(fixture.usher.address, server: fixture.usher)
      for client in 0..<Self.clients {
        try swarm.join()
        try send(from: client)
      }
      func send(from client: Int) throws {
        guard tally.sent < Self.requests else { return }
        tally.sent += 1
        let request = malice.request()
        tally.last[client] = request
        try swarm.send(request, from: client)
      }
      try swarm.wait(for: "all are answered", within: .seconds(300)) {
        tally.answered == Self.requests
      } _: { client, notice in
        tally.note(notice, of: client)
        if case .answer = notice { try send(from: client) }
      }

      #expect(tally.faults == [])
      // Not all of them came to nothing.
      #expect(tally.statuses.keys.contains(202) && tally.statuses.keys.contains(400))
      let pattern =
        #/
        (queue:(event|seen|done|state|admitted|grants|settings|parked|places
            |ready|calls|noshows|ahead|inside|ended)
          |stream:(event|stock)|inventory
          |stock:(total|left|taken)
          |seat:(status|holds|sold|order|people|served|state)):\{[A-Za-z0-9_.\-]{1,64}\}
        |(queue|seat):events|queue:(secrets|settings)|queue:epoch:\{0\}
        /#
      let keys = try fixture.connectToSeats().send("KEYS", "*").texts
      #expect(keys.filter { $0.wholeMatch(of: pattern) == nil } == [])
      #expect(keys.count > 50)
      #expect(fixture.usher.logLines.filter { $0.contains("error") } == [])
      #expect(fixture.usher.status == nil)
    }

    /// A token and grants that are good.
    private func genuine(in fixture: UsherFixture) throws -> [String] {
      let token = try fixture.gateway().token(joining: "show", as: "A")
      let hold = try fixture.gateway().hold(["A-1"], as: "B").text("hold_id")
      return [token, try UsherFixture.grant("C"), try UsherFixture.grant("D", lifetime: 0), hold]
    }

    /// What has come of the requests.
    private struct Tally {
      var sent = 0
      var answered = 0
      var statuses: [Int: Int] = [:]
      /// The request that each client waits for.
      var last: [Int: [UInt8]] = [:]
      var faults: [String] = []

      mutating func note(_ notice: Swarm.Notice, of client: Int) {
        switch notice {
        case .closed: complain("the connection was closed", client)
        case .answer(let answer):
          answered += 1
          statuses[answer.status, default: 0] += 1
          if !(200..<500).contains(answer.status) { complain("\(answer.status)", client) }
          let isJSON =
            (try? JSONSerialization.jsonObject(with: Data(answer.body))) is [String: Any]
          if !isJSON, answer.status != 304 { complain("no JSON: \(answer.text)", client) }
        }
      }

      private mutating func complain(_ what: String, _ client: Int) {
        guard faults.count < 10 else { return }
        faults.append("\(what), after \(String(decoding: last[client] ?? [], as: UTF8.self))")
      }
    }
  }
}
