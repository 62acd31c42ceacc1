import Testing

@testable import API

@Suite("EventPath")
struct EventPathTests {
  @Test(
    "a path about an event has its name and what it is about, and nothing else",
    arguments: [
      ("/api/v1/events/show/seats", "show"), ("/api/v1/events//seats", ""),
      ("/api/v1/events/a%20b/seats", "a%20b"), ("/api/v1/events/show", "show"),
      ("/api/v1/events/", ""), ("/api/v1/events", nil), ("/api/v1/events/show/", nil),
      ("/api/v1/events/show/event", nil),
      ("/api/v1/events/show/seats/", nil), ("/api/v1/events/show/other", nil),
      ("/api/v1/event/show/seats", nil), ("/api/v1/events/a/b/seats", nil),
    ])
  func paths(path: String, event: String?) {
    #expect(EventPath(path)?.event == event)
  }
}
