import Testing

@testable import API

@Suite("Route")
struct RouteTests {
  @Test("each has its place in the list of all for a number")
  func numbers() {
    #expect(Route.allCases.map(\.number) == Array(Route.allCases.indices))
  }
}
