import Testing

@testable import Queue

@Suite("KnownEnds")
struct KnownEndsTests {
  private func name(_ user: String) -> SessionName {
    SessionName(user: UserID(user)!, grantBegan: 1)
  }

  private func news(_ change: SessionNews.Change, _ user: String, _ until: Int64) -> SessionNews {
    SessionNews(change: change, name: name(user), until: until)
  }

  @Test("an end counts from when it is noted, and is told until Redis has it")
  func endIsKept() {
    var ends = KnownEnds()
    ends.note(news(.ended, "a", 1000))
    #expect(ends.hasEnded(name("a")))
    let taken = ends.takeNews()
    #expect(taken == [news(.ended, "a", 1000)])
    #expect(!ends.hasNews)
    ends.restore(taken)
    #expect(ends.takeNews() == taken)
    #expect(ends.hasEnded(name("a")))
  }

  @Test("of many renewals of a session the latest is told, behind the ends, 500 at a time")
  func renewals() {
    var ends = KnownEnds()
    for until in [5, 7, 6] as [Int64] { ends.note(news(.renewed, "a", until)) }
    ends.note(news(.ended, "b", 1000))
    #expect(!ends.hasEnded(name("a")))
    let taken = ends.takeNews()
    #expect(taken == [news(.ended, "b", 1000), news(.renewed, "a", 7)])
    ends.note(news(.renewed, "a", 9))
    ends.restore(taken)
    #expect(ends.takeNews() == [news(.ended, "b", 1000), news(.renewed, "a", 9)])
    for number in 0..<600 { ends.note(news(.renewed, "user \(number)", 1)) }
    #expect(ends.hasMuchNews)
    let told = [ends.takeNews(), ends.takeNews()].map { $0.map(\.name) }
    #expect(told.map(\.count) == [500, 100])
    #expect(Set(told.joined()).count == 600)
    #expect(!ends.hasNews)
  }

  @Test("in another epoch Redis is told again what had ended, and asked for everything")
  func loss() {
    var ends = KnownEnds()
    ends.learn([EndedSession(name: name("a"), until: 1000)], in: "first", at: 1)
    #expect(ends.highest == 1000)
    #expect(!ends.hasNews)
    ends.learn([], in: "second", at: 2)
    #expect(ends.highest == 0)
    #expect(ends.takeNews() == [news(.remembered, "a", 1000)])
    #expect(ends.hasEnded(name("a")))
  }

  @Test("what no token can outlive is forgotten")
  func forgotten() {
    var ends = KnownEnds()
    ends.learn([EndedSession(name: name("a"), until: 20_000)], in: "first", at: 1)
    ends.learn([], in: "first", at: 19_999)
    #expect(ends.hasEnded(name("a")))
    ends.learn([], in: "first", at: 30_000)
    #expect(!ends.hasEnded(name("a")))
    #expect(ends.highest == 20_000)
  }
}
