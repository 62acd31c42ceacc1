import Loop

/// What happens to connections and requests, as libmicrohttpd's callbacks tell it inside a run.
extension HTTPServer {
  func accepted(_ connection: Connection) -> ConnectionTable.Slot {
    makeRoom()
    let slot = connections.open(connection, from: connection.client, at: loop.now)
    progress &+= 1
    watchEnd(of: connection, slot)
    carryOut(machine.connectionOpened())
    connectionOpened?()
    return slot
  }

  func closed(_ slot: ConnectionTable.Slot) {
    connections.close(slot)
    progress &+= 1
    unwatchEnd(of: slot)
    carryOut(machine.connectionClosed())
    connectionClosed?()
  }

  func requestLineArrived(
    target: UnsafeBufferPointer<UInt8>, on connection: Connection
  ) -> Exchange? {
    guard let slot = connection.slot else { return nil }
    connections.enter(.header, slot, at: loop.now)
    progress &+= 1
    return Exchange(target: target, server: self, connection: connection, slot: slot)
  }

  func headerBlockArrived(
    _ exchange: Exchange, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) {
    exchange.method = Method(String(cString: method))
    do throws(RequestError) {
      let block = try exchange.headerBlock(method: method, version: version)
      switch bodyRuling(on: exchange) {
      case .refused(let response): answer(exchange, with: response)
      case .upTo(let limit):
        guard block.contentLength <= limit else { throw .bodyTooLong(limit: limit) }
        exchange.bodyLimit = limit
        // libmicrohttpd reads the framing of chunks more laxly than other servers on the path may: bare
        // LFs, whatever stands behind a semicolon. So nothing may come behind the last one.
        exchange.isLast = block.isChunked
        exchange.state.headerAccepted()
        guard block.contentLength > 0 || block.isChunked else { return }
        exchange.body.reserveCapacity(block.contentLength)
        connections.enter(.body, exchange.slot, at: loop.now)
      }
    } catch {
      let failed = FailedRequest(error, exchange.method, on: exchange.connection)
      answer(exchange, with: errorResponse(failed))
    }
  }

  private func bodyRuling(on exchange: Exchange) -> BodyRuling {
    guard let rule = configuration.ruleBody else { return .upTo(configuration.bodyLimit) }
    return rule(
      RequestHead(
        method: exchange.method, path: exchange.path,
        authorization: exchange.connection.header("Authorization"),
        client: exchange.connection.client))
  }

  func bodyArrived(_ bytes: UnsafeRawBufferPointer, of exchange: Exchange) {
    progress &+= 1
    guard exchange.body.count + bytes.count > exchange.bodyLimit else {
      return exchange.body.append(contentsOf: bytes)
    }
    exchange.body = []
    guard exchange.state.bodyBecameTooLong() else { return }
    let error = RequestError.bodyTooLong(limit: exchange.bodyLimit)
    let failed = FailedRequest(error, exchange.method, on: exchange.connection)
    exchange.connection.sendLast(errorResponse(failed))
  }

  func requestArrived(_ exchange: Exchange) {
    connections.enter(.exchange, exchange.slot, at: loop.now)
    handler(exchange)
    exchange.state.handlerReturned(at: loop.now)
  }

  func suspend(_ exchange: Exchange) {
    connections.enter(.suspended, exchange.slot, at: loop.now)
    exchange.connection.suspend()
  }

  func requestEnded(on connection: Connection) {
    guard let slot = connection.slot else { return }
    progress &+= 1
    if let sent = connections.takeAnswer(slot) { shelf.put(sent) }
    connections.enter(.idle, slot, at: loop.now)
    machine.requestEnded()
  }

  // MARK: - Answers

  /// Sends an answer, if it is the first one and the client is still there.
  func answer(_ exchange: Exchange, with response: Response) {
    let delivery = exchange.state.answered(isServing: isServing)
    switch delivery {
    case .drop: break
    case .queueAndClose: queue(response, on: exchange, closing: true)
    case .queue: queue(response, on: exchange, closing: isAnswerLast || exchange.isLast)
    case .queueAndRun:
      queue(response, on: exchange, closing: isAnswerLast || exchange.isLast)
      carryOut(machine.runRequested())
    case .queueAndResume:
      queue(response, on: exchange, closing: isAnswerLast || exchange.isLast)
      exchange.connection.resume()
      carryOut(machine.resumed())
    }
  }

  /// If there is no memory for the answer, libmicrohttpd asks for it again, is told that there is none,
  /// and closes.
  private func queue(_ response: Response, on exchange: Exchange, closing: Bool) {
    connections.enter(.answer, exchange.slot, at: loop.now)
    // The last answer of a connection has a header field more.
    let prepared =
      closing ? PreparedResponse(for: response, closing: true) : shelf.take(for: response)
    guard let prepared else { return }
    exchange.connection.queue(prepared, status: response.status)
    if !closing { connections.keepAnswer(prepared, exchange.slot) }
  }
}
