import Loop
import Queue
import Redis

extension BoxOffice {
  /// Sells what the hold `text` has to its holder, unless the hold is over. Repeating it tells the same
  /// again.
  package func confirm(
    _ text: String, _ completion: @escaping (Result<ConfirmOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let hold = signer.hold(text) else { return completion(.success(.notFound)) }
    let sale = sale(of: hold.event)
    let arguments = ConfirmScript.arguments(settings, at: time(of: sale), hold)
    call(scripts.confirm, of: sale, keys: sale.keys.confirm, arguments) {
      [self] (result: Result<ConfirmScript.Outcome, RedisError>) in
      completion(
        result.map { outcome in
          register(sale)
          return switch outcome {
          case .confirmed(let seats, let heldFor):
            .confirmed(seats, heldSeconds: Double(heldFor) / 1e6)
          case .confirmedBefore(let seats): .confirmed(seats, heldSeconds: nil)
          case .expired: .expired
          case .notHolder: .notFound
          }
        })
    }
  }
}
