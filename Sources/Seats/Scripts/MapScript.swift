import Queue
import Redis

/// `map.lua`: counts an event's seats, and tells what each of a page of them is.
enum MapScript {
  /// What the script returns.
  typealias Reply = SeatsReply<SeatPage>

  /// What the script is told.
  ///
  /// - Parameters:
  ///   - after: The place in the list behind which the page begins.
  ///   - limit: The most seats on it; 0 only counts.
  ///   - known: The version for which no page is told again; nil if the caller knows none.
  static func arguments(
    _ settings: SeatSettings, at time: Int64, after: Int64, limit: Int, knowing known: Int64?
  ) -> [Argument] {
    var list = settings.arguments(at: time, reserving: 3)
    list.append(.integer(after))
    list.append(.integer(Int64(limit)))
    list.append(.integer(known ?? 0))
    return list
  }
}

extension SeatPage: SeatsOutcome {
  /// Reads what `map.lua` returns; nil if it is of another shape.
  convenience init?(_ reply: Reply) {
    guard reply.isFlat, reply.count >= 8, reply.count % 2 == 0, reply.leadingInteger == 1,
      let version = reply[2].whole,
      let counts = SeatCounts(reply, from: 3), let next = reply[7].whole
    else { return nil }
    var seats: [(id: String, state: SeatState)] = []
    seats.reserveCapacity((reply.count - 8) / 2)
    for index in stride(from: 8, to: reply.count, by: 2) {
      guard let id = reply[index].text else { return nil }
      let word = reply[index + 1]
      seats.append((id, word.isText("held") ? .held : word.isText("sold") ? .sold : .available))
    }
    self.init(version: version, counts: counts, seats: seats, next: next > 0 ? next : nil)
  }
}
