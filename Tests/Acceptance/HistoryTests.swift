import Testing

extension WholeProgram {
  @Suite("the judge of what clients were told")
  struct HistoryTests {
    private typealias Exchange = History.Exchange

    private func exchange(
      _ operation: History.Operation, _ user: String, at time: Double, status: Int,
      _ adjust: (inout Exchange) -> Void = { _ in }
    ) -> Exchange {
      var exchange = Exchange(
        event: "e", user: user, operation: operation, sent: time, received: time + 0.01,
        status: status)
      adjust(&exchange)
      return exchange
    }

    private func join(_ user: String, at time: Double, ticket: Int64) -> Exchange {
      exchange(.join, user, at: time, status: 202) { $0.ticket = ticket }
    }

    private func admission(_ user: String, at time: Double, grant: String = "g") -> Exchange {
      exchange(.enter, user, at: time, status: 200) { $0.grant = grant + user }
    }

    private func loss(_ from: Double, _ to: Double) -> [History.Loss] {
      [History.Loss(from: from, to: to, events: ["e"])]
    }

    @Test("what the contract allows passes, and nothing else does")
    func improper() {
      let proper = [
        exchange(.join, "A", at: 0, status: 202),
        exchange(.enter, "A", at: 1, status: 403) { $0.code = "NOT_READY" },
        exchange(.status, "A", at: 2, status: 503) {
          $0.code = "REDIS_UNAVAILABLE"
          $0.saysWhenToRetry = true
        },
        exchange(.status, "A", at: 3, status: 404) { $0.code = "ALREADY_ADMITTED" },
      ]
      #expect(History(exchanges: proper).improper(slowest: 1) == [])
      let improper = [
        exchange(.join, "A", at: 0, status: 0) { $0.code = "closed" },
        exchange(.join, "A", at: 0, status: 301),
        exchange(.status, "A", at: 0, status: 404) { $0.code = "TOKEN_NOT_FOUND" },
        exchange(.status, "A", at: 0, status: 503) { $0.code = "REDIS_UNAVAILABLE" },
        exchange(.status, "A", at: 0, status: 200) { $0.showsRedirect = true },
      ]
      #expect(History(exchanges: improper).improper(slowest: 1).count == improper.count)
      #expect(History(exchanges: proper).improper(slowest: 0.001).count == proper.count)
    }

    @Test("a place that two people have, and a person who has two, are seen")
    func places() {
      let two = History(exchanges: [join("A", at: 0, ticket: 5), join("B", at: 1, ticket: 5)])
      #expect(two.placesGivenTwice() == ["A and B have place 5"])
      var again = History(exchanges: [join("A", at: 0, ticket: 5), join("A", at: 1, ticket: 9)])
      #expect(again.placesGivenTwice() == ["A has places 5 and 9"])
      again.losses = loss(0, 0.5)
      #expect(again.placesGivenTwice() == [])
    }

    @Test("admissions that are forgotten, and two of one person, are seen, but for a loss")
    func admissions() {
      let trail = AuditTrail([AuditTrail.Entry(at: 1, operation: "enter", user: "A")])
      var history = History(exchanges: [admission("A", at: 1), admission("B", at: 2)])
      #expect(history.admissionsForgotten(trail, of: "e").faults.count == 1)
      history.losses = loss(1.5, 3)
      #expect(history.admissionsForgotten(trail, of: "e").faults == [])
      #expect(history.admissionsForgotten(trail, of: "e").lost == 1)
      var twice = History(exchanges: [admission("A", at: 1), admission("A", at: 2, grant: "h")])
      #expect(twice.grantedTwice() == ["e A has 2 grants"])
      twice.losses = loss(0, 1.5)
      #expect(twice.grantedTwice() == [])
    }

    @Test("a line with a person missing, too many, or elsewhere is seen")
    func lines() {
      var history = History(exchanges: [
        join("A", at: 0, ticket: 1), join("B", at: 1, ticket: 2), join("C", at: 2, ticket: 3),
        admission("A", at: 3),
      ])
      #expect(history.disorder(["B", "C"], at: "e") == [])
      #expect(history.disorder(["C"], at: "e") == ["B is not in line"])
      #expect(history.disorder(["C", "B"], at: "e").count == 1)
      #expect(history.disorder(["A", "B", "C"], at: "e") == ["A is in line, and had gone"])
      history.losses = loss(2.5, 3.5)
      #expect(history.disorder(["A", "B", "C"], at: "e") == [])
    }

    @Test("a step back in line is seen, but not between answers that crossed")
    func setbacks() {
      let first = exchange(.status, "A", at: 0, status: 200) { $0.position = 4 }
      let second = exchange(.status, "A", at: 1, status: 200) { $0.position = 5 }
      #expect(History(exchanges: [first, second]).setbacks() == ["A went from 4 to 5"])
      let crossed = exchange(.status, "A", at: 0.005, status: 200) { $0.position = 5 }
      #expect(History(exchanges: [first, crossed]).setbacks() == [])
    }
  }
}
