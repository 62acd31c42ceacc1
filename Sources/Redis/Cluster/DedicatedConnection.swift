import Loop

/// One connection to one server for one question at a time: made when there is something to ask,
/// and kept for the next time. A question that gets no answer ends it.
///
/// Belongs to its loop's thread. It lives until it has been closed: the loop holds on to it.
final class DedicatedConnection {
  /// The server that it asks.
  let endpoint: Endpoint

  private let settings: PoolSettings
  private let loop: Loop
  private let resolver: Resolver
  private let scratch: Scratch
  private var connection: Connection?
  private var isReady = false
  private var question: (command: Command, completion: Completion)?

  init(
    with endpoint: Endpoint, settings: PoolSettings, on loop: Loop, resolver: Resolver,
    scratch: Scratch
  ) {
    self.endpoint = endpoint
    self.settings = settings
    self.loop = loop
    self.resolver = resolver
    self.scratch = scratch
  }

  /// Asks; the answer comes within the time for connecting and that for a reply. Only when nothing
  /// else is asked.
  func ask(
    _ command: Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    precondition(question == nil, "one question at a time")
    question = (command, Completion(call: completion))
    if isReady { return sendQuestion() }
    let connection = Connection(
      slot: 0, to: endpoint, settings: settings, on: loop, scratch: scratch, owner: self)
    self.connection = connection
    connection.open(endpoint.address, resolver: resolver)
  }

  /// Ends the connection; a question under way is not answered any more.
  func close() {
    question = nil
    connection?.end(CloseCause(.shutdown, "\(endpoint): closed"))
  }

  private func sendQuestion() {
    guard let question else { return }
    connection?.send(question.command, asking: false, question.completion)
  }
}

extension DedicatedConnection: ConnectionOwner {
  func becameReady(_ connection: Connection) {
    isReady = true
    sendQuestion()
  }

  func finished(_ command: Finished<Completion>, on connection: Connection) {
    question = nil
    command.completion.call(command.result)
  }

  func reloading(_ script: Script) {}

  func ended(
    _ connection: Connection, _ cause: CloseCause, wasReady: Bool,
    abandoned: [Finished<Completion>]
  ) {
    self.connection = nil
    isReady = false
    question.take()?.completion.call(.failure(.unavailable(cause.sentence)))
  }
}

@available(*, unavailable, message: "a DedicatedConnection belongs to its loop's thread")
extension DedicatedConnection: Sendable {}
