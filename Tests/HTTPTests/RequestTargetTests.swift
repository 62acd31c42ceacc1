import Testing

@testable import HTTP

@Suite("A request target")
struct RequestTargetTests {
  private func target(_ text: String) -> RequestTarget? {
    Array(text.utf8).withUnsafeBufferPointer { RequestTarget($0) }
  }

  @Test(
    "is a path and a query",
    arguments: [
      ("/", "/", ""), ("/a/b", "/a/b", ""), ("/a?b=c", "/a", "b=c"), ("/a?", "/a", ""),
      ("/a?b?c", "/a", "b?c"), ("//a", "//a", ""), ("/%2F..%00", "/%2F..%00", ""), ("*", "*", ""),
      ("http://host/a?b", "/a", "b"), ("HTTP://host:80/a", "/a", ""), ("https://host", "/", ""),
      ("http://host?b", "/", "b"),
    ])
  func isPathAndQuery(text: String, path: String, query: String) {
    let found = target(text)
    #expect(found?.path == path)
    #expect(found?.query == query)
  }

  @Test(
    "is nothing else",
    arguments: [
      "", "a", "?a", "*?a", "**", "host:80", "http:/a", "http://", "http:///a", "ftp://host/a",
      "/a b",
      "/a\tb", "/a\r", "/\u{7F}", "/ä",
    ])
  func isNothingElse(text: String) {
    #expect(target(text) == nil)
  }
}
