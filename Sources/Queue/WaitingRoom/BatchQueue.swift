import Redis

/// Requests about one event on one front, which go to Redis many at a time, in the order of their
/// arrival.
///
/// One batch is under way at a time, and what arrives meanwhile is the next one. So people who came
/// through the same front get their tickets in the order in which they came, whatever connection
/// their batch takes; and the busier the door, the larger the batches.
struct BatchQueue<Request> {
  /// The most people in one script call: it holds up Redis for 6 to 25 µs a person.
  static var batchLimit: Int { 256 }

  private var waiting: [Request] = []
  private var isUnderWay = false

  /// Whether no request waits and nothing is under way.
  var isIdle: Bool { waiting.isEmpty && !isUnderWay }

  /// Adds a request; true if the caller should see to it that a batch is sent.
  mutating func append(_ request: Request) -> Bool {
    waiting.append(request)
    return waiting.count == 1 && !isUnderWay
  }

  /// Begins a batch: the longest waiting, or nil when there is nothing to send or one is under way.
  mutating func beginBatch() -> [Request]? {
    guard !isUnderWay, !waiting.isEmpty else { return nil }
    isUnderWay = true
    let batch = Array(waiting.prefix(Self.batchLimit))
    waiting.removeFirst(batch.count)
    return batch
  }

  /// The batch came back; true if there is another to send.
  mutating func endBatch() -> Bool {
    isUnderWay = false
    return !waiting.isEmpty
  }

  /// Takes out all that wait: they would only be the next to get no answer.
  mutating func giveUp() -> [Request] {
    defer { waiting = [] }
    return waiting
  }
}

/// A request that goes to Redis with others, and must hear what came of it.
protocol BatchRequest {
  associatedtype Outcome
  var completion: (Result<Outcome, RedisError>) -> Void { get }
}

/// A person who wants to join, and the request that must hear what came of it.
struct JoinRequest: BatchRequest {
  let user: UserID
  let completion: (Result<JoinOutcome, RedisError>) -> Void
}

/// A person who comes back with a ticket, and who must hear what came of it.
struct ReturnRequest: BatchRequest {
  let token: WaitingToken
  let completion: (Result<Return, RedisError>) -> Void

  /// What came of it.
  struct Return {
    let answer: ResumeScript.Answer
    /// How many people wait.
    let length: Int
    /// Until when no one is admitted, µs of Redis time.
    let rebuildUntil: Int64
  }
}

/// A person who wants to enter, and who must hear what came of it.
struct EnterRequest: BatchRequest {
  let token: WaitingToken
  let completion: (Result<Entry, RedisError>) -> Void

  /// What came of it.
  struct Entry {
    let answer: EnterScript.Answer
    /// How many people wait.
    let length: Int
    /// The tokens with which others may be called.
    let tokens: Double
    /// Until when no one is called, µs of Redis time.
    let rebuildUntil: Int64
  }
}

/// A grant to be exchanged for a session, and who must hear what came of it.
struct SessionRequest: BatchRequest {
  let grant: Grant
  let completion: (Result<SessionOutcome, RedisError>) -> Void
}
