import Testing

extension WholeProgram {
  @Suite("the judge of the bucket")
  struct AuditTrailTests {
    @Test("it lets pass what the bucket allows, to the last token")
    func allowed() {
      // Two at once, then one each second.
      let trail = trail(
        "0 join A", "1 join B", "2 join C", "3 enter A", "4 enter B", "1000 enter C")
      #expect(trail.faults(burst: 2, rate: 1.01) == [])
    }

    @Test("it sees one person too many")
    func load() {
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

    @Test("a person who comes back stands at the old place, and is let in from there")
    func comingBack() {
      let joined = ["0 join A", "1 join B", "2 join C"].map(entry)
      let back = AuditTrail.Entry(at: 9000, operation: "resume", user: "X", ticket: 500)
      let enters = ["20 enter A", "21 enter X"].map(entry)
      #expect(AuditTrail(joined + [back] + enters).faults(burst: 2, rate: 0.001) == [])
      // X is ahead of B now.
      let overtaken = AuditTrail(joined + [back] + ["20 enter A", "21 enter B"].map(entry))
      #expect(overtaken.faults(burst: 2, rate: 0.001) == ["B at place 2 with 1.000001 tokens"])
      // X is let in at once, with a ticket that Redis did not know.
      let atOnce = AuditTrail.Entry(at: 9000, operation: "enter", user: "X", ticket: 500)
      #expect(
        AuditTrail(joined + [atOnce]).faults(burst: 1, rate: 0.001) == [
          "X at place 2 with 1.0 tokens"
        ])
      #expect(AuditTrail(joined + [atOnce]).faults(burst: 2, rate: 0.001) == [])
    }

    /// `milliseconds operation user`, each.
    private func trail(_ lines: String...) -> AuditTrail {
      AuditTrail(lines.map(entry))
    }

    private func entry(_ line: String) -> AuditTrail.Entry {
      let words = line.split(separator: " ").map(String.init)
      return AuditTrail.Entry(
        at: (Int64(words[0]) ?? 0) * 1000, operation: words[1], user: words[2])
    }
  }
}
