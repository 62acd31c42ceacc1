import Testing

@Suite("SeatHistory")
struct SeatHistoryTests {
  private func history(_ holds: [(user: String, sent: Double, end: Double?)]) -> SeatHistory {
    var history = SeatHistory(holdTTL: 1)
    for hold in holds {
      history.holds.append(
        SeatHistory.Held(
          seats: ["A"], user: hold.user, sent: hold.sent, answered: hold.sent + 0.1,
          endAsked: hold.end))
    }
    return history
  }

  @Test("sees a seat that two people hold at once, and only that")
  func holds() {
    #expect(history([("a", 0, nil), ("b", 0.5, nil)]).doubleHolds().count == 1)
    // It had ended by then, or may have.
    #expect(history([("a", 0, nil), ("b", 0.95, nil)]).doubleHolds().isEmpty)
    #expect(history([("a", 0, 0.4), ("b", 0.5, nil)]).doubleHolds().isEmpty)
    // Who was first cannot be told.
    #expect(history([("a", 0, nil), ("b", 0.05, nil)]).doubleHolds().isEmpty)
    #expect(history([("a", 0, nil), ("a", 0.5, nil)]).doubleHolds().isEmpty)
  }

  @Test("sees a seat that was sold twice or lost, unless it may have been lost")
  func sales() {
    var history = SeatHistory(holdTTL: 1)
    history.sales = [
      SeatHistory.Bought(seats: ["A", "B"], user: "a", answered: 1),
      SeatHistory.Bought(seats: ["A"], user: "a", answered: 2),
    ]
    let map = ["A": "sold 7 2 a", "B": "sold 7 2 a"]
    #expect(history.doubleSales().isEmpty)
    #expect(history.lostSales(in: map).isEmpty)
    #expect(history.lostSales(in: map.merging(["B": "sold 8 1 aa"]) { $1 }).count == 1)
    #expect(history.lostSales(in: map.merging(["B": "held 7 2 a"]) { $1 }).count == 1)
    #expect(history.lostSales(in: ["A": "sold 7 2 a"]).count == 1)
    #expect(history.lostSales(in: [:], excusing: { $0 < 3 }).isEmpty)
    history.sales.append(SeatHistory.Bought(seats: ["B"], user: "b", answered: 3))
    #expect(history.doubleSales().count == 1)
  }
}
