/// What people did with seats and what they were told, as those see it who stand outside, and whether
/// all of it can be true at once.
///
/// Times are seconds since the history began; a request was carried out somewhere between its being
/// sent and its answer. What got no answer may have happened, and proves nothing.
struct SeatHistory: Sendable {
  /// A hold that was answered.
  struct Held: Sendable {
    let seats: [String]
    let user: String
    /// When it was asked for, and when the answer came.
    let sent: Double
    let answered: Double
    /// When its holder first asked to release it or to buy it; never, if nil.
    var endAsked: Double?
  }

  /// Seats that a person was told to have bought.
  struct Bought: Sendable {
    let seats: [String]
    let user: String
    let answered: Double
  }

  let holdTTL: Double
  var holds: [Held] = []
  var sales: [Bought] = []

  mutating func add(_ other: SeatHistory) {
    holds += other.holds
    sales += other.sales
  }

  /// Two people who were told, at the same time, that they hold the same seat.
  func doubleHolds() -> [String] {
    var faults: [String] = []
    let sorted = holds.sorted { $0.sent < $1.sent }
    for (number, first) in sorted.enumerated() {
      // It was there for certain from its answer to the first attempt to end it, or to its own end.
      let end = min(first.endAsked ?? .infinity, first.sent + holdTTL)
      let certain = first.answered..<max(first.answered, end)
      for second in sorted[(number + 1)...] {
        if second.sent >= certain.upperBound { break }
        guard second.user != first.user, second.sent > certain.lowerBound,
          second.answered < certain.upperBound
        else { continue }
        let both = Set(first.seats).intersection(second.seats)
        if !both.isEmpty { faults.append("\(both): \(first) and \(second)") }
      }
    }
    return faults
  }

  /// Seats that two people were told to have bought.
  func doubleSales() -> [String] {
    var owners: [String: Set<String>] = [:]
    for sale in sales { for seat in sale.seats { owners[seat, default: []].insert(sale.user) } }
    return owners.filter { $0.value.count > 1 }.map { "\($0.key): \($0.value.sorted())" }
  }

  /// Seats that a person was told to have bought, and that the map gives to another or to none.
  ///
  /// - Parameter isExcused: Whether what was told at that time may have been lost.
  func lostSales(
    in map: [String: String], excusing isExcused: (Double) -> Bool = { _ in false }
  ) -> [String] {
    sales.filter { !isExcused($0.answered) }.flatMap { sale in
      sale.seats.filter {
        map[$0]?.hasPrefix("sold ") != true || map[$0]?.hasSuffix(" \(sale.user)") != true
      }.map { "\($0) of \(sale.user): \(map[$0] ?? "nothing")" }
    }
  }
}
