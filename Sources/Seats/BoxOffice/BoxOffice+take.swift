import Loop
import Queue
import Redis

extension BoxOffice {
  /// Gives `user` one of an item: one each, first come, first served, never more than there are.
  ///
  /// Replay-safe: a person who has one is told which. The program that delivers it finds it in the
  /// stream of the stock, where the same script call put it.
  ///
  /// - Parameter grant: The grant or session that the queue gave the person, of which the caller knows that
  ///   it was not ended; nil where the gateway lets people take without
  ///   having queued.
  package func take(
    _ item: ItemID, of event: EventID, for user: UserID?, grant text: String?,
    _ completion: @escaping (Result<TakeOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    var grant: Pass?
    if let text {
      grant = signer.pass(text)
      guard let grant, grant.event == event, user == nil || user == grant.user else {
        return completion(.success(.grantInvalid))
      }
    }
    guard let user = user ?? grant?.user else { return completion(.success(.grantInvalid)) }
    let sale = sale(of: event)
    let arguments = TakeScript.arguments(
      settings, at: time(of: sale), item: item, user: user, grant: grant)
    redis.call(scripts.take, keys: sale.keys.stock, arguments: arguments) {
      [self] (result: Result<TakeScript.Reply, RedisError>) in
      completion(
        result.map { reply in
          if case .unknownItem = reply { return .unknownItem }
          register(sale)
          return TakeOutcome(reply)
        })
    }
  }
}

extension TakeOutcome {
  fileprivate init(_ reply: TakeScript.Reply) {
    self =
      switch reply {
      case .taken(let item): .taken(item)
      case .takenBefore(let item): .takenAlready(item)
      case .unknownItem: .unknownItem
      case .soldOut: .soldOut
      case .grantExpired: .grantExpired
      }
  }
}
