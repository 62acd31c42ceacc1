import Foundation
import Queue
import TestSupport
import Testing

extension WholeProgram {
  @Suite("hostile input")
  struct HostileInputFaults {
    private static let requests = 100_000
    private static let clients = 48

    @Test("100,000 hostile requests: each is answered, none with a 5xx, and no key is strange")
    func hundredThousand() throws {
      let hall = try Hall(["--fronts", "2", "--redis-timeout", "30s", "--log-level", "warn"])
      try hall.furnish(["A-1", "A-2"])
      try hall.supply("coupon", 10)
      var malice = Malice(seed: 1, genuine: try genuine(in: hall))
      var tally = Tally()
      let swarm = Swarm(hall.door.usher.address, server: hall.door.usher)
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
        (queue:(event|seen|done|state)|stream:(event|stock)|inventory|stock:(total|left|taken)
          |seat:(status|holds|sold|order|people|served|state)):\{[A-Za-z0-9_.\-]{1,64}\}
        |(queue|seat):events|queue:secret
        /#
      let keys = try hall.connect().send("KEYS", "*").texts
      #expect(keys.filter { $0.wholeMatch(of: pattern) == nil } == [])
      #expect(keys.count > 50)
      #expect(hall.door.usher.logLines.filter { $0.contains("error") } == [])
      #expect(hall.door.usher.status == nil)
    }

    /// A token and grants that are good.
    private func genuine(in hall: Hall) throws -> [String] {
      let token = try hall.door.gateway().token(joining: "show", as: "A")
      let hold = try hall.counter().hold(["A-1"], as: "B").text("hold_id")
      return [token, try hall.grant("C"), try hall.grant("D", lifetime: 0), hold]
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
