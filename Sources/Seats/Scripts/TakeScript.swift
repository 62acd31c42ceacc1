import Queue
import Redis

/// `take.lua`: a person wants one of an item.
enum TakeScript {
  /// What the script returns.
  enum Reply: ScriptReply, Equatable {
    case taken(TakenItem)
    /// The person has one.
    case takenBefore(TakenItem)
    case unknownItem
    case soldOut
    case grantExpired
  }

  /// What the script is told.
  ///
  /// - Parameter grant: What the queue gave the person; nil if the person did not queue.
  static func arguments(
    _ settings: SeatSettings, at time: Int64, item: ItemID, user: UserID, grant: Pass?
  ) -> [Argument] {
    var list = settings.arguments(at: time, reserving: 5)
    list.append(.text(item.text))
    list.append(.text(user.text))
    list.append(.integer(grant?.admittedAt ?? 0))
    list.append(.integer(grant?.endsAt ?? 0))
    list.append(.integer(Int64(settings.streamMax)))
    return list
  }
}

extension TakeScript.Reply {
  init?(_ reply: Redis.Reply) {
    switch (reply.leadingInteger, reply.count) {
    case (0, 2) where reply[1].isText("NO_ITEM"): self = .unknownItem
    case (0, 2) where reply[1].isText("SOLD_OUT"): self = .soldOut
    case (0, 2) where reply[1].isText("GRANT_EXPIRED"): self = .grantExpired
    case (1, 3):
      guard let item = TakenItem(reply) else { return nil }
      self = .taken(item)
    case (2, 3):
      guard let item = TakenItem(reply) else { return nil }
      self = .takenBefore(item)
    default: return nil
    }
  }
}

extension TakenItem {
  fileprivate init?(_ reply: Reply) {
    guard let number = reply[1].whole, let left = reply[2].whole else { return nil }
    self.init(number: Int(number), remaining: Int(left))
  }
}
