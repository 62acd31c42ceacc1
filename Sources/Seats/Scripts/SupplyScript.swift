import Queue
import Redis

/// `supply.lua`: says how many of an item there are in all.
enum SupplyScript {
  /// What the script returns.
  typealias Reply = SupplyOutcome

  /// What the script is told.
  ///
  /// - Parameter itemLimit: The most items of an event.
  static func arguments(
    _ settings: SeatSettings, at time: Int64, item: ItemID, total: Int, itemLimit: Int
  ) -> [Argument] {
    var list = settings.arguments(at: time, reserving: 3)
    list.append(.text(item.text))
    list.append(.integer(Int64(total)))
    list.append(.integer(Int64(itemLimit)))
    return list
  }
}

extension SupplyOutcome: ScriptReply {
  /// Reads what `supply.lua` returns; nil if it is of another shape.
  package init?(_ reply: Reply) {
    guard reply.count == 3, let kind = reply.leadingInteger, let last = reply[2].whole else {
      return nil
    }
    switch kind {
    case 0 where reply[1].isText("BELOW_TAKEN"): self = .belowTaken(Int(last))
    case 0 where reply[1].isText("TOO_MANY_ITEMS"): self = .tooManyItems
    case 1:
      guard let total = reply[1].whole else { return nil }
      self = .done(total: Int(total), taken: Int(last))
    default: return nil
    }
  }
}
