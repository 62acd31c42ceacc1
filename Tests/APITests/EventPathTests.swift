import Testing

@testable import API

@Suite("EventPath")
struct EventPathTests {
  @Test(
    "a path about an event has its name and what it is about, and nothing else",
    arguments: [
      ("/api/v1/events/show/seats", "show"), ("/api/v1/events//seats", ""),
      ("/api/v1/events/a%20b/seats", "a%20b"), ("/api/v1/events/show", "show"),
      ("/api/v1/events/", ""), ("/api/v1/events", ""), ("/api/v1/events/show/", nil),
      ("/api/v1/events/show/event", nil), ("/api/v1/eventsshow", nil),
      ("/api/v1/events/show/seats/", nil), ("/api/v1/events/show/other", nil),
      ("/api/v1/event/show/seats", nil), ("/api/v1/events/a/b/seats", nil),
      ("/api/v1/events/show/people/ann/leave", nil),
      ("/api/v1/events/show/people/ann/admit/", nil),
    ])
  func paths(path: String, event: String?) {
    #expect(EventPath(path)?.event == event)
  }

  @Test("what is behind the event's name says what it is about")
  func resources() {
    func resource(_ rest: String) -> EventPath.Resource? {
      EventPath("/api/v1/events" + rest)?.resource
    }
    #expect(resource("") == .list)
    #expect(resource("/show") == .event)
    #expect(resource("/show/reset") == .reset)
    #expect(resource("/show/people") == .people)
    #expect(resource("/show/people/a%2Fb") == .person("a%2Fb"))
    #expect(resource("/show/people/ann/admit") == .admit("ann"))
    #expect(resource("/show/people/ann/remove") == .remove("ann"))
    #expect(resource("/show/audit") == .audit)
  }

  @Test("a user id in a path is decoded strictly, and a plus is a plus")
  func decoding() {
    #expect(PathSegment.decoded("a%2Fb+c%C3%A9") == "a/b+cé")
    for text in ["%", "%2", "%G0", "%C3"] { #expect(PathSegment.decoded(text) == nil) }
  }
}
