import Loop

/// Commands that did not succeed at once: what becomes of each, until its caller has an answer.
extension RoutingClient {
  /// No node is known that serves the command's slot.
  func noNodeServes(_ retry: Retry) {
    // Not inside `send`: a caller does not expect its answer before it has finished asking.
    loop.defer(to: .answer) { [self] in
      // Where nothing is known at all, nothing will be in a moment.
      if masters.isEmpty {
        end(retry, .failure(noNode))
      } else {
        failed(retry, noNode, at: nil)
      }
    }
  }

  /// The retry of a command that was sent at `began`.
  func begin(
    _ command: Command, at began: Instant,
    _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) -> Retry {
    Retry(command, deadline: began + settings.deadline, completion)
  }

  /// The command failed with `error`, at `node` if one was found for it.
  func failed(_ retry: Retry, _ error: RedisError, at node: RedisNode?) {
    if retry.isOver { return }
    let sender = node?.endpoint.address ?? template.address
    switch retry.machine.failed(error, at: sender, now: .now, jitter: .random(in: 0..<1)) {
    case .giveUp(let error): end(retry, .failure(error))
    case .follow(let redirection): follow(redirection, retry)
    case .wait(let pause, .redirect(let kind)):
      observe(.redirected(kind))
      retry.reason = error
      sendAgain(retry, after: noteMigration(retry.command) ?? pause)
    case .wait(let pause, .retry(let reason)):
      askForTopology(avoiding: node?.endpoint.address)
      if reason == .readOnly, let node { nodes.renew(node) }
      repeatWithinBudget(retry, after: pause, reason, error)
    }
  }

  private func repeatWithinBudget(
    _ retry: Retry, after pause: Duration, _ reason: RetryReason, _ error: RedisError
  ) {
    // What was not even sent costs Redis nothing when it is.
    guard reason == .unavailable || budget.take() else {
      observe(.retryRefused)
      return end(retry, .failure(retry.machine.verdict(error)))
    }
    observe(.retried(reason))
    retry.reason = error
    sendAgain(retry, after: pause)
  }

  private func end(_ retry: Retry, _ result: Result<Reply, RedisError>) {
    guard !retry.isOver else { return }
    retry.isOver = true
    if let timer = retry.timer { loop.cancel(timer) }
    retry.completion(result)
  }

  private func follow(_ redirection: Redirection, _ retry: Retry) {
    observe(.redirected(redirection.asks ? .ask : .moved))
    guard !nodes.isClosed else { return end(retry, .failure(noNode)) }
    guard let target = nodes.node(redirectedTo: redirection.target) else {
      return failed(retry, Self.tooManyNodes, at: nil)
    }
    if !redirection.asks {
      nodes.moved(redirection.slot, to: target)
      askForTopology(avoiding: nil)
    }
    send(retry, to: target, asking: redirection.asks)
  }

  private static let tooManyNodes = RedisError.unavailable(
    "its nodes name more others than \(NodeTable.strayLimit) that no topology names")

  /// Sends the command after `pause`, to the node that serves its slot by then.
  func sendAgain(_ retry: Retry, after pause: Duration) {
    setTimer(retry)
    loop.schedule(after: pause) { [self] in
      if retry.isOver { return }
      if let pause = self.pause(for: retry.command, at: loop.now) {
        return sendAgain(retry, after: pause)
      }
      guard let node = nodes.node(for: retry.command) else {
        return failed(retry, noNode, at: nil)
      }
      send(retry, to: node, asking: false)
    }
  }

  private func send(_ retry: Retry, to node: RedisNode, asking: Bool) {
    setTimer(retry)
    retry.reason = nil
    attempt(retry.command, at: node, asking: asking) { [self] result in
      switch result {
      case .success:
        served(retry.command)
        end(retry, result)
      case .failure(let error): failed(retry, error, at: node)
      }
    }
  }

  private func setTimer(_ retry: Retry) {
    if retry.timer != nil { return }
    retry.timer = loop.schedule(at: retry.machine.deadline) { [self] in
      end(retry, .failure(retry.lastWord))
    }
  }

  // MARK: - Slots on their way

  /// How long a command must wait for a slot that is on its way. Only commands on several keys ever
  /// must.
  func pause(for command: Command, at now: Instant) -> Duration? {
    guard !migrating.isEmpty, case .evalsha(_, let keys, _) = command, let key = keys.first
    else { return nil }
    return migrating.pause(for: key.slot, at: now)
  }

  /// The command got `TRYAGAIN`: returns how long it must wait.
  private func noteMigration(_ command: Command) -> Duration? {
    command.slot.map { migrating.refused($0, at: loop.now, jitter: .random(in: 0..<1)) }
  }

  /// The command was served: if it was on several keys of a slot, its migration is done.
  func served(_ command: Command) {
    guard !migrating.isEmpty, case .evalsha(_, let keys, _) = command, let key = keys.first
    else { return }
    migrating.served(key.slot)
  }
}
