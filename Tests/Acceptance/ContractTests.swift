import TestSupport
import Testing

extension WholeProgram {
  @Suite("the contract of the routes")
  struct ContractTests {
    @Test(
      "each outcome has its status, code, members and headers", arguments: Contract.tables,
      RedisKind.all)
    func outcomes(_ table: Contract.Table, _ kind: RedisKind) throws {
      let people = try QueueSituations(redis: kind)
      for (number, line) in table.lines.enumerated() {
        let traceID = "\(kind)-\(table)-\(number)"
        let answer = try line.ask(people, [("X-Request-ID", traceID)])
        expect(answer, line, traceID: traceID)
      }
    }

    private func expect(_ answer: HTTPResponse, _ line: Contract, traceID: String) {
      let about = Comment(rawValue: "\(traceID), \(line.outcome): \(answer.text)")
      #expect(answer.status == line.status, about)
      #expect(answer.header("Content-Type") == "application/json", about)
      #expect(answer.header("Cache-Control") == "no-store", about)
      #expect(answer.header("Allow") == line.allow, about)
      if line.saysWhenToRetry {
        #expect(answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0, about)
      } else {
        #expect(answer.header("Retry-After") == nil, about)
      }
      var expected = line.members
      if line.code != nil { expected["error"] = .object }
      #expect((try? answer.members())?.mapValues(\.kind) == expected, about)

      #expect(answer.errorCode == line.code, about)
      guard line.code != nil else { return }
      #expect(
        answer.error.mapValues(\.kind)
          == ["code": .string, "message": .string, "trace_id": .string], about)
      #expect(answer.error["message"] != .string(""), about)
      #expect(answer.error["trace_id"] == .string(traceID), about)
    }

    @Test("the words of a success are the documented ones", arguments: RedisKind.all)
    func words(_ kind: RedisKind) throws {
      let people = try QueueSituations(redis: kind)
      let gateway = people.gateway
      #expect(try gateway.join("words", as: "A").text("status") == "ready")
      let ready = try gateway.status(of: people.ready)
      #expect(try ready.text("status") == "ready")
      #expect((57...59).contains(try ready.integer("enter_within_sec")))
      #expect(try ready.flag("ready_for_entry"))
      #expect(try ready.integer("eta_sec") == 0)
      let behind = try gateway.status(of: people.behind)
      #expect(try behind.text("status") == "waiting")
      #expect(try behind.flag("ready_for_entry") == false)
      #expect(try behind.integer("position") == 2)
      // It may be a second old, but no person stands behind the end.
      #expect(try behind.integer("queue_length") >= 2)
      #expect(try behind.integer("eta_sec") > 0)
      #expect(try behind.text("event_state") == "open")
      #expect((1...20).contains(try behind.integer("poll_after_sec")))
      let denied = try gateway.enter(with: people.behind)
      #expect(try denied.text("admission") == "denied")
      #expect(try denied.header("Retry-After") == "\(denied.integer("poll_after_sec"))")
      let granted = try gateway.enter(with: people.ready)
      #expect(try granted.text("admission") == "granted")
      #expect((29...30).contains(try granted.integer("ttl_sec")))
      #expect(try gateway.leave(with: people.behind).text("status") == "left")
      #expect(try gateway.verify(people.expiredGrant).text("reason") == "expired")
      #expect(try gateway.verify("forged").text("reason") == "unknown")
    }
  }
}
