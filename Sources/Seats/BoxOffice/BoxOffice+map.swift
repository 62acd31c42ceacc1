import Loop
import Queue
import Redis

extension BoxOffice {
  /// Tells a page of an event's map: up to `limit` seats behind the place `after` in the list.
  ///
  /// - Parameter known: The version that the caller has, if it has one: if that is the present one, no
  ///   page comes.
  package func map(
    of event: EventID, after: Int64, limit: Int, knowing known: Int64?,
    _ completion: @escaping (Result<MapOutcome, RedisError>) -> Void
  ) {
    let sale = sale(of: event)
    let key = Sale.PageKey(after: after, limit: min(limit, Self.pageLimit), known: known)
    if let answer = sale.answer(to: key, at: loop.now) { return completion(.success(answer)) }
    // Whoever wants the same at the same time shares one call.
    guard sale.wait(for: key, completion) else { return }
    let arguments: [Argument] = [
      .integer(key.after), .integer(Int64(key.limit)), .integer(known ?? 0),
    ]
    let finish = { [self] (result: Result<MapOutcome, RedisError>) in
      if case .success(let outcome) = result {
        sale.learn(outcome, for: key, at: loop.now)
        if case .page = outcome { forgetPagesSoon() }
      }
      for waiter in sale.endWait(for: key) { waiter(result) }
    }
    call(scripts.map, keys: sale.keys.seats, arguments, finish) { [self] reply in
      guard let page = SeatPage(map: reply) else { return nil }
      noteEnded(reply, at: 1)
      if page.counts.total == 0 { return MapOutcome.none }
      register(sale)
      return page.version == known ? .unchanged(version: page.version) : .page(page)
    }
  }
}

extension SeatPage {
  /// Reads what `map.lua` returns; nil if it is of another shape.
  convenience init?(map reply: Reply) {
    guard reply.count >= 8, reply.count % 2 == 0, reply[0].integer == 1,
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

extension SeatCounts {
  /// Reads four numbers of a script's answer: all, available, held, sold.
  init?(_ reply: Reply, from first: Int) {
    guard reply.count >= first + 4, let total = reply[first].whole,
      let available = reply[first + 1].whole, let held = reply[first + 2].whole,
      let sold = reply[first + 3].whole
    else { return nil }
    self.init(total: Int(total), available: Int(available), held: Int(held), sold: Int(sold))
  }
}
