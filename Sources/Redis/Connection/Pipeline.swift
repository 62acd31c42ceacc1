import Loop

/// The replies that a ready connection waits for, apart from its socket: which is for which
/// command, and until when it must be there.
///
/// Replies come in the order of the commands, so a queue is all it takes. `Completion` is the
/// caller's; it is carried, never called.
struct Pipeline<Completion> {
  private let name: String
  private let timeout: Duration
  private var pending = Ring<PendingReply<Completion>>()
  /// Those of the pending that have been written; the others are at the end.
  private var inFlight = InFlightWrites()
  /// The first of two replies that are one to their caller, until the second is there.
  private let pair = ReplyPair()
  private var hasTimer = false
  /// The scripts that are being loaded, in the order of their replies.
  private var loading: [Script] = []
  /// When the calls that are being made for the second time were made first. Calls are repeated in
  /// the order in which they were made, so the first is the oldest.
  private var secondCalls = Ring<Instant>()
  /// Why Redis refused to load a script: a better error than the NOSCRIPT that follows.
  private var refusedLoad: (script: Script, error: RedisError)?

  /// A pipeline in which each reply may take `timeout`; sentences about it call the other side
  /// `name`.
  init(with name: String, timeout: Duration) {
    self.name = name
    self.timeout = timeout
  }

  /// `command` was appended to the output, with `ASKING` if wanted; what it brings comes after all
  /// others.
  mutating func expect(_ command: Command, asking: Bool, _ completion: Completion) {
    if asking { expect(.asking) }
    switch command {
    case .evalsha(let script, let keys, let arguments):
      let call = ScriptCall(script: script, keys: keys, arguments: arguments, asking: asking)
      expect(.script(call, completion))
    case .zscoreAndRank:
      expect(.firstOfTwo)
      if asking { expect(.asking) }
      expect(.secondOfTwo(command.kind, completion))
    default: expect(.command(command.kind, completion))
    }
  }

  /// The same for one reply.
  mutating func expect(_ reply: PendingReply<Completion>) {
    pending.append(reply)
  }

  /// All that was appended is handed to the kernel. Returns when to call ``deadlineReached(at:)``,
  /// or nil if that is arranged: there is one timer, not one for each command.
  mutating func flushed(at now: Instant) -> Instant? {
    inFlight.written(pending.count - inFlight.count, at: now)
    guard !hasTimer, !pending.isEmpty else { return nil }
    hasTimer = true
    // Without a timer nothing older was in flight.
    return now + timeout
  }

  // MARK: - Replies

  /// What a reply asks for.
  enum ReplyAction {
    case nothing
    case finish(Finished<Completion>)
    /// Redis has forgotten a script: send the load, if there is one, and the call again. Their
    /// replies are expected already.
    case callAgain(load: Script?, ScriptCall)
    case end(CloseCause)
  }

  /// Redis answered.
  mutating func replyArrived(_ reply: Reply, at now: Instant) -> ReplyAction {
    guard let sentAt = inFlight.replyArrived(), let next = pending.popFirst() else {
      return .end(CloseCause(.protocolViolation, "\(name) sent a reply that nobody asked for"))
    }
    switch next {
    case .command(let kind, let completion):
      return finish(kind, completion, with: reply.result, after: now - sentAt)
    case .firstOfTwo:
      pair.begin(with: reply)
      return .nothing
    case .secondOfTwo(let kind, let completion):
      return finish(kind, completion, with: pair.end(with: reply), after: now - sentAt)
    case .script(let call, let completion):
      return scriptAnswered(call, completion, sentAt: sentAt, reply, at: now)
    case .load(let script):
      loading.removeFirst()
      refusedLoad = reply.error.map { (script, $0) }
      return .nothing
    case .asking: return .nothing
    }
  }

  private func finish(
    _ kind: Command.Kind, _ completion: Completion, with result: Result<Reply, RedisError>,
    after elapsed: Duration
  ) -> ReplyAction {
    .finish(
      Finished(kind: kind, script: nil, completion: completion, result: result, elapsed: elapsed))
  }

  private mutating func scriptAnswered(
    _ call: ScriptCall, _ completion: Completion, sentAt: Instant, _ reply: Reply, at now: Instant
  ) -> ReplyAction {
    if call.firstSentAt != nil { _ = secondCalls.popFirst() }
    var result = reply.result
    if case .failure(.server("NOSCRIPT", _)) = result {
      if call.firstSentAt == nil { return callAgain(call, completion, firstSentAt: sentAt) }
      if let refusedLoad, refusedLoad.script === call.script {
        result = .failure(refusedLoad.error)
      }
    }
    return .finish(
      Finished(
        kind: .evalsha, script: call.script, completion: completion, result: result,
        elapsed: now - (call.firstSentAt ?? sentAt)))
  }

  /// Expects `SCRIPT LOAD` to be answered, unless it is under way for another call, and then the
  /// second call, whose deadline is still that of the first.
  private mutating func callAgain(
    _ call: ScriptCall, _ completion: Completion, firstSentAt: Instant
  ) -> ReplyAction {
    var second = call
    second.firstSentAt = firstSentAt
    secondCalls.append(firstSentAt)
    let isLoading = loading.contains { $0 === call.script }
    if !isLoading {
      loading.append(call.script)
      expect(.load(call.script))
    }
    if call.asking { expect(.asking) }
    expect(.script(second, completion))
    return .callAgain(load: isLoading ? nil : call.script, second)
  }

  // MARK: - Time

  /// What a deadline asks for.
  enum DeadlineAction: Equatable {
    case nothing
    /// Nothing is late yet; call again at this time.
    case wait(until: Instant)
    case end(CloseCause)
  }

  /// The time that ``flushed(at:)`` or an action named has come.
  mutating func deadlineReached(at now: Instant) -> DeadlineAction {
    // Replies come in the order of the writes; only second calls are older than where they stand.
    guard let oldest = [inFlight.oldest, secondCalls.first].compactMap({ $0 }).min() else {
      hasTimer = false
      return .nothing
    }
    let deadline = oldest + timeout
    return deadline > now
      ? .wait(until: deadline) : .end(CloseCause(.timeout, "\(name) did not answer in time"))
  }

  // MARK: - Close

  /// The connection is over. Returns every command without a reply, each with the error for its
  /// caller.
  mutating func end(_ cause: CloseCause, at now: Instant) -> [Finished<Completion>] {
    var finished: [Finished<Completion>] = []
    while let next = pending.popFirst() {
      let writtenAt = inFlight.replyArrived()
      switch next {
      case .load, .asking, .firstOfTwo: continue
      case .command(let kind, let completion), .secondOfTwo(let kind, let completion):
        finished.append(failed(kind, nil, completion, sentAt: writtenAt, cause, at: now))
      case .script(let call, let completion):
        let sentAt = call.firstSentAt ?? writtenAt
        finished.append(failed(.evalsha, call.script, completion, sentAt: sentAt, cause, at: now))
      }
    }
    return finished
  }

  private func failed(
    _ kind: Command.Kind, _ script: Script?, _ completion: Completion, sentAt: Instant?,
    _ cause: CloseCause, at now: Instant
  ) -> Finished<Completion> {
    Finished(
      kind: kind, script: script, completion: completion,
      result: .failure(error(sentAt: sentAt, cause, at: now)), elapsed: sentAt.map { now - $0 })
  }

  private func error(sentAt: Instant?, _ cause: CloseCause, at now: Instant) -> RedisError {
    // What was not written cannot have happened, whatever became of the rest.
    guard let sentAt else { return .unavailable(cause.sentence) }
    return switch cause.reason {
    case .timeout where sentAt + timeout <= now: .timeout
    case .protocolViolation: .protocolViolation(cause.sentence)
    case .timeout, .lost, .idle, .shutdown: .connectionLost(cause.sentence)
    }
  }
}
