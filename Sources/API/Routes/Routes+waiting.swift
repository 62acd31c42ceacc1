import Loop

/// Requests that wait for a slot, as ``LoadShedder`` says.
extension Routes {
  /// Keeps a request until it may start or has waited for too long.
  func wait(_ request: RequestContext) {
    shedder.wait(request, request.route.work, since: loop.now, idleTime: loop.idleTime)
    planEndOfWait()
  }

  /// Starts the requests that have waited and may.
  func startWaiting() {
    while let request = shedder.next() { start(request) }
  }

  /// The timer is left as it is when the requests that it was set for have started: then it finds
  /// none.
  private func planEndOfWait() {
    guard endOfWait == nil,
      let timeLeft = shedder.timeLeft(at: loop.now, idleTime: loop.idleTime)
    else { return }
    endOfWait = loop.schedule(at: loop.now + timeLeft) { [self] in
      endOfWait = nil
      // Slots that this turn has freed are still theirs.
      startWaiting()
      while let request = shedder.overdue(at: loop.now, idleTime: loop.idleTime) {
        request.refuse(.overloaded, shed: .overloaded)
      }
      planEndOfWait()
    }
  }
}
