import Loop

/// What happens to requests, as libmicrohttpd's callbacks tell it inside a run.
extension HTTPServer {
  func accepted(_ connection: Connection) -> ConnectionTable.Slot {
    let slot = connections.open(connection, at: loop.now)
    if plan.nextLook == nil { planLook() }
    connectionOpened?()
    return slot
  }

  func closed(_ slot: ConnectionTable.Slot) {
    connections.close(slot)
    plan.accept = isListening
    connectionClosed?()
  }

  func requestLineArrived(
    target: UnsafeBufferPointer<UInt8>, on connection: Connection
  ) -> Exchange? {
    guard let slot = connection.slot else { return nil }
    connections.enter(.header, slot, at: loop.now)
    return Exchange(target: target, server: self, connection: connection, slot: slot)
  }

  func headerBlockArrived(
    _ exchange: Exchange, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) {
    exchange.method = Method(String(cString: method))
    do throws(Refusal) {
      let block = try exchange.headerBlock(method: method, version: version)
      guard let limit = bodyLimit(of: exchange) else { return }
      guard block.contentLength <= limit else { throw .bodyTooLong(limit: limit) }
      exchange.state = .arriving(.body)
      guard block.contentLength > 0 else { return }
      exchange.body.reserveCapacity(block.contentLength)
      connections.enter(.body, exchange.slot, at: loop.now)
    } catch {
      let refused = RefusedRequest(error, exchange.method, on: exchange.connection)
      refuseBody(of: exchange, with: refuse(refused))
    }
  }

  /// How long a body may be; nil if there must be none, and the request is answered.
  private func bodyLimit(of exchange: Exchange) -> Int? {
    guard let rule = configuration.ruleBody else { return configuration.bodyLimit }
    let head = RequestHead(
      method: exchange.method, path: exchange.path,
      authorization: exchange.connection.header("Authorization"))
    switch rule(head) {
    case .upTo(let limit): return limit
    case .refused(let response):
      refuseBody(of: exchange, with: response)
      return nil
    }
  }

  /// An answer in this place makes libmicrohttpd read no further, and close.
  private func refuseBody(of exchange: Exchange, with response: Response) {
    exchange.state = .answered
    connections.enter(.answer, exchange.slot, at: loop.now)
    queue(response, on: exchange, closing: true)
  }

  func requestArrived(_ exchange: Exchange) {
    connections.enter(.exchange, exchange.slot, at: loop.now)
    exchange.state = .handling
    handler(exchange)
    guard exchange.state == .handling else { return }
    exchange.state = .resting
    exchange.restsUntil = loop.now + Self.longestRest
  }

  /// Comes in each run for an exchange that was not answered inside the handler's call.
  ///
  /// Most answers come within a millisecond, and to be asked until then costs far less than to suspend
  /// and resume, which changes the epoll set twice and makes libmicrohttpd read in vain. But whoever
  /// waits longer must not be asked in every run.
  ///
  /// The connection is suspended here and not in the handler's call, because libmicrohttpd then knows
  /// it as one that waits for the application (`MHD_EVENT_LOOP_INFO_BLOCK`) and writes first when it is
  /// resumed. Otherwise it reads first: in vain, or to the end of the stream, so that a client that
  /// has closed its sending side gets no answer.
  func answerIsDue(_ exchange: Exchange) {
    if loop.now < exchange.restsUntil { return }
    exchange.state = .suspended
    connections.enter(.suspended, exchange.slot, at: loop.now)
    exchange.connection.suspend()
  }

  /// How long an unanswered exchange rests before its connection is suspended.
  static let longestRest = Duration.milliseconds(5)

  func requestEnded(on connection: Connection) {
    guard let slot = connection.slot else { return }
    if let sent = connections.takeAnswer(slot) { shelf.put(sent) }
    connections.enter(.idle, slot, at: loop.now)
    // It was answered before `stopListening`, and should not have been kept alive.
    if !isListening { plan.look = true }
  }

  /// Sets the answer. If there is no memory for it, libmicrohttpd asks for it again, is told that there
  /// is none, and closes.
  private func queue(_ response: Response, on exchange: Exchange, closing: Bool) {
    // The last answer of a connection has a header field more.
    let prepared =
      closing ? PreparedResponse(for: response, closing: true) : shelf.take(for: response)
    guard let prepared else { return }
    exchange.connection.queue(prepared, status: response.status)
    if !closing { connections.keepAnswer(prepared, exchange.slot) }
  }

  // MARK: - What exchanges ask for

  func answer(_ exchange: Exchange, with response: Response) {
    let state = exchange.state
    exchange.state = .answered
    guard isRunning else { return }
    connections.enter(.answer, exchange.slot, at: loop.now)
    queue(response, on: exchange, closing: isAnswerLast)
    if state == .handling { return }
    if state == .suspended {
      exchange.connection.resume()
      plan.isResuming = true
    }
    runThisTurn()
  }
}
