import Testing

@testable import Configuration

@Suite("Spelling")
struct SpellingTests {
  @Test(
    "a letter put in, left out, changed or swapped with its neighbour is one slip",
    arguments: [
      ("fronts", "fronts", 0), ("frontss", "fronts", 1), ("fonts", "fronts", 1),
      ("fromts", "fronts", 1), ("fornts", "fronts", 1), ("", "abc", 3), ("abc", "", 3),
      ("listen", "silent", 4), ("ca", "abc", 3),
    ])
  func distance(first: String, second: String, slips: Int) {
    #expect(Spelling.distance(first, second) == slips)
    #expect(Spelling.distance(second, first) == slips)
  }

  @Test("the nearest name is meant, if it is near enough")
  func nearest() {
    let names = ["listen", "admin-listen", "fronts", "redis-password-file"]
    #expect(Spelling.nearest(to: "lisen", in: names) == "listen")
    #expect(Spelling.nearest(to: "admin-lsiten", in: names) == "admin-listen")
    #expect(Spelling.nearest(to: "redis-password", in: names) == "redis-password-file")
    #expect(Spelling.nearest(to: "verbose", in: names) == nil)
    #expect(Spelling.nearest(to: "", in: []) == nil)
  }
}
