import Loop
import Queue
import Redis

extension BoxOffice {
  /// Gives back what the hold `text` has. Repeating it changes nothing.
  package func release(
    _ text: String, _ completion: @escaping (Result<ReleaseOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let hold = signer.hold(text) else { return completion(.success(.notFound)) }
    let sale = sale(of: hold.event)
    call(scripts.release, of: sale, ReleaseScript.arguments(settings, at: time(of: sale), hold)) {
      [self] (result: Result<ReleaseScript.Outcome, RedisError>) in
      completion(
        result.map { outcome in
          register(sale)
          return switch outcome {
          case .released(let heldFor, _): .released(heldSeconds: Double(heldFor) / 1e6)
          case .releasedBefore: .released(heldSeconds: nil)
          case .confirmed: .confirmed
          case .notHolder: .notFound
          }
        })
    }
  }
}
