import Testing

@testable import App

@Suite("Shutdown")
struct ShutdownTests {
  @Test("a signal, the delay and the last front lead to a clean end")
  func clean() {
    var shutdown = Shutdown(fronts: 2)
    #expect(shutdown.signalled() == [.ceaseToBeReady, .waitForDelay])
    #expect(shutdown.delayPassed() == [.drainFronts, .waitForTimeout])
    #expect(shutdown.frontDrained() == [])
    #expect(shutdown.frontDrained() == [.end(.clean)])
    #expect(shutdown.timeoutPassed() == [])
  }

  @Test("what is not finished shortly before the time limit is refused, and that is no clean end")
  func refusal() {
    var shutdown = Shutdown(fronts: 2)
    _ = shutdown.signalled()
    _ = shutdown.delayPassed()
    #expect(shutdown.timeoutPassed() == [.refuseRest, .waitForRefusals])
    #expect(shutdown.timeoutPassed() == [])
    #expect(shutdown.frontDrained() == [])
    #expect(shutdown.frontDrained() == [.end(.cutShort)])
    #expect(shutdown.refusalsTimedOut() == [])
  }

  @Test("a client that does not take a refusal either is cut short at the time limit")
  func timeout() {
    var shutdown = Shutdown(fronts: 1)
    _ = shutdown.signalled()
    #expect(shutdown.timeoutPassed() == [])
    _ = shutdown.delayPassed()
    #expect(shutdown.refusalsTimedOut() == [])
    #expect(shutdown.timeoutPassed() == [.refuseRest, .waitForRefusals])
    #expect(shutdown.refusalsTimedOut() == [.end(.cutShort)])
    #expect(shutdown.frontDrained() == [])
  }

  @Test("a second signal means now, a third one at once", arguments: [false, true])
  func insist(afterDelay: Bool) {
    var shutdown = Shutdown(fronts: 1)
    _ = shutdown.signalled()
    if afterDelay { _ = shutdown.delayPassed() }
    #expect(shutdown.signalled() == [.refuseRest, .waitForRefusals])
    #expect(shutdown.delayPassed() == [])
    #expect(shutdown.signalled() == [.end(.cutShort)])
    #expect(shutdown.signalled() == [])
  }

  @Test("a front that cannot go on ends the process, after the others have finished")
  func broken() {
    var shutdown = Shutdown(fronts: 2)
    #expect(shutdown.frontFailed() == [.ceaseToBeReady, .drainFronts, .waitForTimeout])
    #expect(shutdown.frontDrained() == [.end(.broken)])
  }

  @Test("the only front failing ends the process at once")
  func onlyFront() {
    var shutdown = Shutdown(fronts: 1)
    #expect(shutdown.frontFailed() == [.ceaseToBeReady, .end(.broken)])
    #expect(shutdown.signalled() == [])
  }

  @Test("a front failing during the delay does not cut the delay short")
  func brokenInDelay() {
    var shutdown = Shutdown(fronts: 1)
    _ = shutdown.signalled()
    #expect(shutdown.frontFailed() == [])
    #expect(shutdown.delayPassed() == [.end(.broken)])
  }
}
