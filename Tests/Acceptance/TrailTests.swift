import Testing

extension WholeProgram {
  @Suite("the judge of the bucket")
  struct TrailTests {
    @Test("it lets pass what the bucket allows, to the last token")
    func allowed() {
      // Two at once, then one each second.
      let trail = trail(
        "0 join A", "1 join B", "2 join C", "3 enter A", "4 enter B", "1000 enter C")
      #expect(trail.faults(burst: 2, rate: 1.01) == [])
    }

    @Test("it sees one person too many")
    func crowd() {
      let trail = trail("0 join A", "1 join B", "2 join C", "3 enter A", "4 enter B", "900 enter C")
      #expect(trail.faults(burst: 2, rate: 1).contains { $0.hasPrefix("3 people from") })
    }

    @Test("it sees who went before those whom the bucket did not cover, though there was a token")
    func overtaking() {
      let trail = trail("0 join A", "1 join B", "2 enter B")
      #expect(trail.faults(burst: 1, rate: 1) == ["B at place 2 with 1.0 tokens"])
      #expect(trail.faults(burst: 2, rate: 1) == [])
    }

    @Test("it sees who went in without being in line")
    func nobody() {
      #expect(!trail("0 join A", "1 leave A", "2 enter A").faults(burst: 9, rate: 1).isEmpty)
      #expect(!trail("0 join A", "1 enter A", "2 enter A").faults(burst: 9, rate: 1).isEmpty)
    }

    /// `milliseconds operation user`, each.
    private func trail(_ lines: String...) -> Trail {
      Trail(
        lines.map { line in
          let words = line.split(separator: " ").map(String.init)
          return Trail.Entry(at: (Int64(words[0]) ?? 0) * 1000, operation: words[1], user: words[2])
        })
    }
  }
}
