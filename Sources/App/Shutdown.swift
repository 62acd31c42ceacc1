/// How the process ends: not ready at once, listeners closed after a delay in which load balancers
/// take notice, then everything that is under way finished. Shortly before the limit, whatever is
/// not finished is refused, so that no client is left without an answer.
struct Shutdown: Equatable {
  /// What is to be done.
  enum Action: Equatable {
    /// `/readyz` says 503 from now on.
    case ceaseToBeReady
    /// Say so when `drain-delay` has passed.
    case waitForDelay
    /// Fronts take on no more and finish.
    case drainFronts
    /// Say so when `drain-timeout` has passed, but for the time that refusing takes.
    case waitForTimeout
    /// Fronts refuse what is still under way.
    case refuseRest
    /// Say so when `drain-timeout` has passed.
    case waitForRefusals
    /// Nothing is left to do, or no time to do it.
    case end(Ending)
  }

  /// How it ended.
  enum Ending: Equatable {
    /// Everything was answered.
    case clean
    /// The time was up, or an operator insisted, with work still under way.
    case cutShort
    /// A front could not go on.
    case broken
  }

  private enum Phase: Equatable {
    case serving
    case delaying
    case draining
    case refusing
    case over
  }

  private var phase = Phase.serving
  private var fronts: Int
  private var isBroken = false

  /// A process with so many fronts, all serving.
  init(fronts: Int) {
    self.fronts = fronts
  }

  /// SIGTERM or SIGINT came. A second one means: now, and a third one: at once.
  mutating func signalled() -> [Action] {
    switch phase {
    case .serving:
      phase = .delaying
      return [.ceaseToBeReady, .waitForDelay]
    case .delaying: return fronts == 0 ? end() : refuse()
    case .draining: return refuse()
    case .refusing: return end(.cutShort)
    case .over: return []
    }
  }

  /// `drain-delay` has passed.
  mutating func delayPassed() -> [Action] {
    guard phase == .delaying else { return [] }
    phase = .draining
    return fronts == 0 ? end() : [.drainFronts, .waitForTimeout]
  }

  /// A front has finished everything.
  mutating func frontDrained() -> [Action] {
    fronts -= 1
    guard fronts == 0, phase == .draining || phase == .refusing else { return [] }
    return end()
  }

  /// A front cannot go on; the others finish what they have.
  mutating func frontFailed() -> [Action] {
    isBroken = true
    fronts -= 1
    switch phase {
    case .serving:
      phase = .delaying
      return [.ceaseToBeReady] + delayPassed()
    case .delaying: return []
    case .draining, .refusing: return fronts == 0 ? end() : []
    case .over: return []
    }
  }

  /// Almost all of `drain-timeout` has passed.
  mutating func timeoutPassed() -> [Action] {
    phase == .draining ? refuse() : []
  }

  /// `drain-timeout` has passed, and a client does not even take a refusal.
  mutating func refusalsTimedOut() -> [Action] {
    phase == .refusing ? end(.cutShort) : []
  }

  private mutating func refuse() -> [Action] {
    phase = .refusing
    return [.refuseRest, .waitForRefusals]
  }

  private mutating func end() -> [Action] {
    if isBroken { return end(.broken) }
    return end(phase == .refusing ? .cutShort : .clean)
  }

  private mutating func end(_ ending: Ending) -> [Action] {
    phase = .over
    return [.end(ending)]
  }
}
