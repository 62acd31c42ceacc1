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
    do throws(Refusal) {
      let block = try exchange.headerBlock(method: method, version: version)
      guard block.contentLength <= configuration.bodyLimit else {
        throw .bodyTooLong(limit: configuration.bodyLimit)
      }
      exchange.method = Method(String(cString: method))
      exchange.state = .arriving(.body)
      guard block.contentLength > 0 else { return }
      exchange.body.reserveCapacity(block.contentLength)
      connections.enter(.body, exchange.slot, at: loop.now)
    } catch {
      // An answer in this place makes libmicrohttpd read no further, and close.
      exchange.state = .answered
      connections.enter(.answer, exchange.slot, at: loop.now)
      exchange.connection.queue(configuration.refusal(error), closing: true)
    }
  }

  func requestArrived(_ exchange: Exchange) {
    connections.enter(.exchange, exchange.slot, at: loop.now)
    exchange.state = .handling
    handler(exchange)
    if exchange.state == .handling { exchange.state = .resting }
  }

  /// Comes in the next run for an exchange that was not answered inside the handler's call.
  ///
  /// The connection is suspended here and no earlier, because libmicrohttpd then knows it as one that
  /// waits for the application (`MHD_EVENT_LOOP_INFO_BLOCK`) and writes first when it is resumed.
  /// Otherwise it reads first: in vain, so that it needs epoll for the next request, or to the end
  /// of the stream, so that a client that has closed its sending side gets no answer. With 64
  /// clients this way takes 2.5 system calls a request instead of 5. And what is answered by now
  /// needs no suspension at all.
  func answerIsDue(_ exchange: Exchange) {
    if let response = exchange.waitingResponse {
      exchange.waitingResponse = nil
      exchange.connection.queue(response, closing: !isListening)
    } else {
      exchange.state = .suspended
      connections.enter(.suspended, exchange.slot, at: loop.now)
      exchange.connection.suspend()
    }
  }

  func requestEnded(on connection: Connection) {
    guard let slot = connection.slot else { return }
    connections.enter(.idle, slot, at: loop.now)
    // It was answered before `stopListening`, and should not have been kept alive.
    if !isListening { plan.look = true }
  }

  // MARK: - What exchanges ask for

  func answer(_ exchange: Exchange, with response: Response) {
    let state = exchange.state
    exchange.state = .answered
    guard isRunning else { return }
    connections.enter(.answer, exchange.slot, at: loop.now)
    if state == .resting {
      exchange.waitingResponse = response
    } else {
      exchange.connection.queue(response, closing: !isListening)
    }
    if state == .handling { return }
    if state == .suspended { exchange.connection.resume() }
    plan.write = true
    runThisTurn()
  }
}
