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
    // Callers who want the same at the same time share one call.
    guard sale.wait(for: key, completion) else { return }
    let arguments = MapScript.arguments(
      settings, at: time(of: sale), after: key.after, limit: key.limit, knowing: known)
    call(scripts.map, of: sale, arguments) { [self] (result: Result<SeatPage, RedisError>) in
      let result = result.map { outcome(of: $0, of: sale, knowing: known) }
      if case .success(let outcome) = result {
        sale.learn(outcome, for: key, at: loop.now)
        if case .page = outcome { forgetPagesSoon() }
      }
      for waiter in sale.endWait(for: key) { waiter(result) }
    }
  }

  private func outcome(of page: SeatPage, of sale: Sale, knowing known: Int64?) -> MapOutcome {
    if page.counts.total == 0 { return .none }
    register(sale)
    return page.version == known ? .unchanged(version: page.version) : .page(page)
  }
}
