import Redis

extension WaitingRoom {
  /// Joins the person whom an idempotency key stands for, as ``join(_:_:_:)`` joins a named one: a retry
  /// finds the place that it made, also where another secret has been agreed on since.
  package func join(
    _ event: EventID, _ key: IdempotencyKey,
    _ completion: @escaping (Result<JoinOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    let names = signer.anonymousNames(key, in: event)
    guard names.count > 1 else { return join(event, names[0], completion) }
    findKnown(names, in: line(of: event)) { [weak self] result in
      switch result {
      case .success(let known): self?.join(event, known ?? names[0], completion)
      case .failure(let error): completion(.failure(error))
      }
    }
  }

  /// The first of `names` who stands in line, or whom the line let in or saw leave; nil if none did.
  /// One round trip.
  private func findKnown(
    _ names: [UserID], in line: Line,
    _ completion: @escaping (Result<UserID?, RedisError>) -> Void
  ) {
    let questions = names.flatMap { [($0, line.keys.waiting), ($0, line.keys.done)] }
    var answers: [Int: Result<Bool, RedisError>] = [:]
    for (number, (name, key)) in questions.enumerated() {
      reads.send(.zscoreAndRank(key, name.text)) { result in
        answers[number] = result.map { IndexEntry($0) != nil }
        guard answers.count == questions.count else { return }
        for (number, question) in questions.enumerated() {
          switch answers[number] {
          case .success(true)?: return completion(.success(question.0))
          case .success(false)?, nil: continue
          case .failure(let error)?: return completion(.failure(error))
          }
        }
        completion(.success(nil))
      }
    }
  }
}
