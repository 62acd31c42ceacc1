import TestSupport
import Testing

extension WholeProgram {
  @Suite("trace ids")
  struct TraceTests {
    static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("an error carries the id that the client sent, X-Request-ID before traceparent")
    func sent() throws {
      let gateway = try UsherFixture(redis: .standalone).gateway()
      func traceID(_ headers: (String, String)...) throws -> JSONValue? {
        try gateway.status(of: "forged", headers: headers).error["trace_id"]
      }
      #expect(try traceID(("X-Request-ID", "abc-123")) == .string("abc-123"))
      #expect(try traceID(("x-request-id", "a/b:c")) == .string("a/b:c"))
      let fromParent = JSONValue.string("4bf92f3577b34da6a3ce929d0e0e4736")
      #expect(try traceID(("traceparent", Self.parent)) == fromParent)
      #expect(
        try traceID(("traceparent", Self.parent), ("X-Request-ID", "abc")) == .string("abc"))
    }

    @Test("an id that could not stand in a log as it is, is replaced by another")
    func unfit() throws {
      let gateway = try UsherFixture(redis: .standalone).gateway()
      let unfit: [(String, String)] = [
        ("X-Request-ID", "two words"), ("X-Request-ID", "a\"b"), ("X-Request-ID", "a\\b"),
        ("X-Request-ID", "é"), ("X-Request-ID", String(repeating: "a", count: 129)),
        ("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
        ("traceparent", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
        ("traceparent", "00-4bf92f-00f067aa0ba902b7-01"), ("traceparent", "nonsense"),
      ]
      var made: Set<String> = []
      for header in unfit + [("Accept", "*/*")] {
        let answer = try gateway.status(of: "forged", headers: [header])
        guard case .string(let id)? = answer.error["trace_id"] else {
          throw TestFailure("no trace id for \(header)")
        }
        #expect(id.allSatisfy(\.isHexDigit) && id.count >= 16, "\(header)")
        made.insert(id)
      }
      #expect(made.count == unfit.count + 1)
    }
  }
}
