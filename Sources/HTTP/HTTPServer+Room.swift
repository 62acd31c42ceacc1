import Loop

/// How connections end that only take up room: when their clients have gone, and when there is no room.
extension HTTPServer {
  /// Closes a connection for the one that is being opened, if there are too many. If none can be
  /// closed, it takes a place of ``Configuration/connectionReserve``.
  func makeRoom() {
    let evicted = connections.evict(above: configuration.connectionLimit - 1) { $0.hasUnread }
    evicted?.shutDown()
  }

  /// Watches for the end of what a client sends. libmicrohttpd does not see it where it comes with the
  /// last bytes; see ``Connection/readAgain()``.
  func watchEnd(of connection: Connection, _ slot: ConnectionTable.Slot) {
    // Without it, the connection's deadlines end it.
    ends[slot.index] = try? loop.watch(connection.descriptor, for: .peerEnd) { [self] _ in
      connections.clientEnded(slot)
      unwatchEnd(of: slot)
      carryOut(machine.runRequested())
    }
  }

  func unwatchEnd(of slot: ConnectionTable.Slot) {
    if let watch = ends.removeValue(forKey: slot.index) { loop.unwatch(watch) }
  }

  /// Lets libmicrohttpd, which has read what it knew of, find the ends of clients that have gone.
  func findEnds() {
    if runsInVain >= Self.manyRunsInVain { return }
    for connection in connections.waitingInVain() { connection.readAgain() }
  }
}
