import Redis

extension WaitingRoom {
  /// A batch of one of the line's queues came back: tells each of its requests what came of it, and has
  /// the next one sent, if there is any, at the end of the turn.
  func finish<Request: BatchRequest>(
    _ batch: [Request], in queue: ReferenceWritableKeyPath<Line, BatchQueue<Request>>,
    of line: Line, _ result: Result<[Request.Outcome], RedisError>,
    sendNext: @escaping (WaitingRoom) -> Void
  ) {
    var batch = batch
    // Batch after batch would wait for its own timeout, and the last in the queue for all of them.
    if case .failure(let error) = result, error.kind != .server {
      batch += line[keyPath: queue].giveUp()
    }
    if line[keyPath: queue].endBatch() {
      loop.defer(to: .gather) { [weak self] in self.map(sendNext) }
    }
    switch result {
    case .success(let outcomes):
      for (request, outcome) in zip(batch, outcomes) { request.completion(.success(outcome)) }
    case .failure(let error):
      for request in batch { request.completion(.failure(error)) }
    }
  }
}
