import TestSupport
import Testing

@Suite("eventually")
struct EventuallyTests {
  @Test("it asks until the condition holds")
  func holds() throws {
    var asked = 0
    try eventually("asked three times") {
      asked += 1
      return asked == 3
    }
    #expect(asked == 3)
  }

  @Test("it gives up at the limit and says what it waited for, and where")
  func givesUp() throws {
    let failure = #expect(throws: TestFailure.self) {
      try eventually("pigs fly", within: .milliseconds(10)) { false }
    }
    #expect(failure?.description.contains("EventuallyTests.swift") == true)
    #expect(failure?.description.hasSuffix("pigs fly") == true)
  }

  @Test("it asks at least once, however short the limit")
  func atLeastOnce() throws {
    try eventually("at once", within: .zero) { true }
  }

  @Test("an error of the condition ends the wait")
  func error() {
    struct Broken: Error {}
    #expect(throws: Broken.self) { try eventually("never asked twice") { throw Broken() } }
  }
}
