import Testing

extension WholeProgram {
  @Suite("the judge of the bucket")
  struct AuditTrailTests {
    @Test("it lets pass what the bucket allows, to the last token")
    func allowed() {
      // Two at once, then one each second.
      let trail = trail(
        "0 join A", "1 join B", "2 call A", "3 call B", "4 join C", "5 enter A", "6 enter B",
        "1000 call C", "1001 enter C")
      #expect(trail.faults(burst: 2, rate: 1.01) == [])
    }

    @Test("it sees one person too many")
    func load() {
      let trail = trail(
        "0 join A", "1 join B", "2 join C", "3 call A", "4 call B", "5 enter A", "6 enter B",
        "900 call C", "901 enter C")
      let faults = trail.faults(burst: 2, rate: 1)
      #expect(faults.contains { $0.hasPrefix("3 people from") })
      #expect(faults.contains { $0.hasPrefix("C is called with 0.8") })
    }

    @Test("what is called is not in the bucket, and comes back when a call ends")
    func held() {
      let begin = ["0 join A", "1 join B", "2 call A"]
      #expect(
        trail(begin + ["9000 call B"]).faults(burst: 1, rate: 1) == [
          "B is called with 0.0 tokens"
        ])
      for end in ["8000 no_show A", "8000 leave A"] {
        #expect(trail(begin + [end, "9000 call B"]).faults(burst: 1, rate: 0.001) == [])
      }
      // Who did not hear of the call is the next again.
      let unheard = begin + ["8000 lapse A"]
      #expect(trail(unheard + ["9000 call A"]).faults(burst: 1, rate: 0.001) == [])
      #expect(
        trail(unheard + ["9000 call B"]).faults(burst: 1, rate: 0.001) == ["B is called before A"])
    }

    @Test("it sees who was called before those who stand ahead")
    func overtaking() {
      let trail = trail("0 join A", "1 join B", "2 call B", "3 enter B")
      #expect(trail.faults(burst: 2, rate: 1) == ["B is called before A"])
      // A person who let a call end asks for another, and waits for it.
      let again = ["0 join A", "1 call A", "2 no_show A", "3 join B", "4 call B", "5 call A"]
      #expect(self.trail(again).faults(burst: 2, rate: 1) == [])
    }

    @Test("it sees who went in without a call, and who was called without being in line")
    func nobody() {
      #expect(!trail("0 join A", "1 leave A", "2 call A").faults(burst: 9, rate: 1).isEmpty)
      #expect(!trail("0 join A", "1 enter A").faults(burst: 9, rate: 1).isEmpty)
      #expect(
        !trail("0 join A", "1 call A", "2 enter A", "3 enter A").faults(burst: 9, rate: 1).isEmpty)
      let lost = trail("0 join A", "1 call A", "2 loss A", "3 enter A")
      #expect(!lost.faults(burst: 9, rate: 1).isEmpty)
    }

    @Test("a person who comes back stands at the old place, and is called from there")
    func comingBack() {
      let joined = ["0 join A", "1 join B", "2 join C"].map(entry)
      let back = AuditTrail.Entry(at: 9000, operation: "resume", user: "X", ticket: 500)
      let calls = ["20 call A", "21 call X"].map(entry)
      #expect(AuditTrail(joined + [back] + calls).faults(burst: 2, rate: 0.001) == [])
      // X is ahead of B now.
      let overtaken = AuditTrail(joined + [back] + ["20 call A", "21 call B"].map(entry))
      #expect(overtaken.faults(burst: 2, rate: 0.001) == ["B is called before X"])
    }

    /// `milliseconds operation user`, each.
    private func trail(_ lines: String...) -> AuditTrail { trail(lines) }

    private func trail(_ lines: [String]) -> AuditTrail { AuditTrail(lines.map(entry)) }

    private func entry(_ line: String) -> AuditTrail.Entry {
      let words = line.split(separator: " ").map(String.init)
      return AuditTrail.Entry(
        at: (Int64(words[0]) ?? 0) * 1000, operation: words[1], user: words[2])
    }
  }
}
