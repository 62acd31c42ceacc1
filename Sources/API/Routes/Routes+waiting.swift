import Loop

/// Requests that wait until there is room for them, as ``LoadShedder`` says.
extension Routes {
  func wait(_ call: RequestContext) {
    admission.wait(call, call.route.work, since: loop.now, idleTime: loop.idleTime)
    planEndOfWait()
  }

  func startThoseWhoWaited() {
    while let call = admission.next() { start(call) }
  }

  /// The timer is left as it is when those whom it was set for have started: then it finds nobody.
  private func planEndOfWait() {
    guard endOfWait == nil,
      let timeLeft = admission.timeLeft(at: loop.now, idleTime: loop.idleTime)
    else { return }
    endOfWait = loop.schedule(at: loop.now + timeLeft) { [self] in
      endOfWait = nil
      // Room that this turn has made is still theirs.
      startThoseWhoWaited()
      while let call = admission.overdue(at: loop.now, idleTime: loop.idleTime) {
        call.refuse(.overloaded, shed: .overloaded)
      }
      planEndOfWait()
    }
  }
}
