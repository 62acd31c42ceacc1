import Testing

@testable import HTTP

@Suite("The shelf of prepared responses")
struct ResponseShelfTests {
  private let headers = [(name: "Content-Type", value: "text/plain")]
  private var shelf = ResponseShelf()

  private mutating func take(
    _ text: String, headers other: [(name: String, value: String)]? = nil
  ) throws -> PreparedResponse {
    let response = Response(status: 200, headers: other ?? headers, body: Array(text.utf8))
    let prepared = shelf.take(for: response)
    return try #require(prepared)
  }

  @Test("gives what was sent again for the same fields and as long a body")
  mutating func again() throws {
    let first = try take("one")
    shelf.put(first)
    let second = try take("two")
    #expect(second === first)
  }

  @Test("gives nothing that a client is still being sent")
  mutating func apart() throws {
    let first = try take("one")
    let second = try take("two")
    #expect(second !== first)
  }

  @Test("gives nothing for a body of another length, or for other fields")
  mutating func different() throws {
    let first = try take("one")
    shelf.put(first)
    let longer = try take("three")
    #expect(longer !== first)
    let other = try take("two", headers: [(name: "Content-Type", value: "text/html")])
    #expect(other !== first)
  }

  @Test("takes bodies of any length", arguments: [0, 1, 511, 512, 513, 100_000])
  mutating func lengths(length: Int) throws {
    for _ in 0..<100 {
      let prepared = try take(String(repeating: "x", count: length))
      #expect(prepared.bodyLength == length)
      shelf.put(prepared)
    }
  }
}
