import Loop
import Queue
import Redis

extension BoxOffice {
  /// Gives `user` one of an item: one each, first come, first served, never more than there are.
  ///
  /// Replay-safe: who has one is told which. Whoever delivers it finds it in the stream of the stock,
  /// where the same script call put it.
  ///
  /// - Parameter grant: What the queue gave the person; nil where the gateway lets people take without
  ///   having queued.
  package func take(
    _ item: ItemID, of event: EventID, for user: UserID?, grant: String?,
    _ completion: @escaping (Result<TakeOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    var admission: Grant?
    if let grant {
      admission = signer.grant(grant)
      guard let admission, admission.event == event, user == nil || user == admission.user else {
        return completion(.success(.grantInvalid))
      }
    }
    guard let user = user ?? admission?.user else { return completion(.success(.grantInvalid)) }
    let sale = sale(of: event)
    let arguments: [Argument] = [
      .text(item.text), .text(user.text), .integer(admission?.admittedAt ?? 0),
      .integer(admission?.endsAt ?? 0),
    ]
    call(scripts.take, keys: sale.keys.stock, arguments, completion) { [self] reply in
      guard reply.count >= 2 else { return nil }
      if reply[0].integer == 0, reply[1].isText("NO_ITEM") { return .unknownItem }
      register(sale)
      switch (reply[0].integer, reply[1].text) {
      case (0, "SOLD_OUT"): return .soldOut
      case (0, "GRANT_EXPIRED"): return .grantExpired
      case (1, _): return TakenItem(reply).map { .taken($0) }
      case (2, _): return TakenItem(reply).map { .takenAlready($0) }
      default: return nil
      }
    }
  }
}

extension TakenItem {
  /// What `take.lua` says of it.
  fileprivate init?(_ reply: Reply) {
    guard reply.count == 3, let number = reply[1].whole, let left = reply[2].amount else {
      return nil
    }
    self.init(number: Int(number), remaining: Int(left))
  }
}
