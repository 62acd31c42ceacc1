import Loop
import Testing

@testable import HTTP

@Suite("The state of an exchange")
struct ExchangeStateTests {
  enum Event: CaseIterable {
    case called
    case calledWithBody
    case headerAccepted
    case bodyBecameTooLong
    case handlerReturned
    case answered
    case answeredAfterStop
    case clientLeft
  }

  enum Output: Equatable {
    case nothing
    case decision(Bool)
    case step(ExchangeState.Step)
    case delivery(ExchangeState.Delivery)
  }

  private static let now = Instant(nanoseconds: 1_000_000_000)
  private static let later = now + .milliseconds(1)

  /// Every state, and resting in both of its ways. A new state does not compile until it has its place.
  static let states = Array(
    sequence(first: ExchangeState.receivingHeader) { state in
      switch state {
      case .receivingHeader: .receivingBody
      case .receivingBody: .handling
      case .handling: .resting(until: later)
      case .resting(let end): end > now ? .resting(until: now) : .suspended
      case .suspended: .refused
      case .refused: .answered
      case .answered: .abandoned
      case .abandoned: nil
      }
    })

  private func apply(_ event: Event, to state: inout ExchangeState) -> Output {
    switch event {
    case .called: return .step(state.called(withBody: false, at: Self.now))
    case .calledWithBody: return .step(state.called(withBody: true, at: Self.now))
    case .headerAccepted: state.headerAccepted()
    case .bodyBecameTooLong: return .decision(state.bodyBecameTooLong())
    case .handlerReturned: state.handlerReturned(at: Self.now)
    case .answered: return .delivery(state.answered(isServing: true))
    case .answeredAfterStop: return .delivery(state.answered(isServing: false))
    case .clientLeft: state.clientLeft()
    }
    return .nothing
  }

  /// The table: what an event makes of a state, and what is to be done. Nil where the state stays.
  private func expected(_ state: ExchangeState, _ event: Event) -> (ExchangeState?, Output) {
    let stays: ExchangeState? = nil
    switch (state, event) {
    case (.receivingHeader, .called), (.receivingHeader, .calledWithBody):
      return (stays, .step(.readHeader))
    case (.receivingHeader, .headerAccepted): return (.receivingBody, .nothing)
    case (.receivingHeader, .answered): return (.answered, .delivery(.queueAndClose))

    case (.receivingBody, .called): return (.handling, .step(.handle))
    case (.receivingBody, .calledWithBody): return (stays, .step(.appendBody))
    case (.receivingBody, .answered), (.receivingBody, .answeredAfterStop):
      return (stays, .delivery(.drop))

    case (.receivingBody, .bodyBecameTooLong): return (.refused, .decision(true))
    case (_, .bodyBecameTooLong): return (stays, .decision(false))
    case (.refused, .called): return (stays, .step(.close))
    case (.refused, .calledWithBody): return (stays, .step(.discardBody))
    case (.refused, .headerAccepted), (.refused, .handlerReturned), (.refused, .clientLeft):
      return (stays, .nothing)
    case (.refused, .answered), (.refused, .answeredAfterStop): return (stays, .delivery(.drop))

    case (.handling, .handlerReturned):
      return (.resting(until: Self.now + .milliseconds(5)), .nothing)
    case (.handling, .answered): return (.answered, .delivery(.queue))

    case (.resting(let end), .called), (.resting(let end), .calledWithBody):
      return end > Self.now ? (stays, .step(.wait)) : (.suspended, .step(.suspend))
    case (.resting, .answered): return (.answered, .delivery(.queueAndRun))

    case (.suspended, .answered): return (.answered, .delivery(.queueAndResume))

    case (.receivingHeader, .answeredAfterStop), (.handling, .answeredAfterStop),
      (.resting, .answeredAfterStop), (.suspended, .answeredAfterStop):
      return (.abandoned, .delivery(.drop))
    case (.answered, .answered), (.answered, .answeredAfterStop), (.abandoned, .answered),
      (.abandoned, .answeredAfterStop):
      return (stays, .delivery(.drop))

    case (.receivingHeader, .clientLeft), (.receivingBody, .clientLeft), (.handling, .clientLeft),
      (.resting, .clientLeft), (.suspended, .clientLeft):
      return (.abandoned, .nothing)
    case (.answered, .clientLeft), (.abandoned, .clientLeft): return (stays, .nothing)

    case (.handling, .called), (.handling, .calledWithBody), (.suspended, .called),
      (.suspended, .calledWithBody), (.answered, .called), (.answered, .calledWithBody),
      (.abandoned, .called), (.abandoned, .calledWithBody):
      return (stays, .step(.close))

    case (.receivingBody, .headerAccepted), (.handling, .headerAccepted),
      (.resting, .headerAccepted), (.suspended, .headerAccepted), (.answered, .headerAccepted),
      (.abandoned, .headerAccepted):
      return (stays, .nothing)
    case (.receivingHeader, .handlerReturned), (.receivingBody, .handlerReturned),
      (.resting, .handlerReturned), (.suspended, .handlerReturned), (.answered, .handlerReturned),
      (.abandoned, .handlerReturned):
      return (stays, .nothing)
    }
  }

  @Test("changes by each event as the table says", arguments: states, Event.allCases)
  func changes(from state: ExchangeState, by event: Event) {
    var next = state
    let output = apply(event, to: &next)
    let (expectedState, expectedOutput) = expected(state, event)
    #expect(next == expectedState ?? state)
    #expect(output == expectedOutput)
  }

  @Test("is over for ever", arguments: states, Event.allCases)
  func endsOnce(from state: ExchangeState, by event: Event) {
    var next = state
    _ = apply(event, to: &next)
    if state.isOver { #expect(next == state) }
  }

  @Test(
    "says whether libmicrohttpd holds the exchange, what may be read and what is owed",
    arguments: states)
  func says(state: ExchangeState) {
    let (isHeld, isOver, hasHeader, owesAnswer) =
      switch state {
      case .receivingHeader, .receivingBody: (true, false, false, false)
      case .handling: (false, false, true, false)
      case .resting: (true, false, true, false)
      case .suspended: (false, false, true, true)
      case .refused: (true, true, false, false)
      case .answered, .abandoned: (false, true, false, false)
      }
    #expect(state.isHeld == isHeld)
    #expect(state.isOver == isOver)
    #expect(state.hasHeader(isServing: true) == hasHeader)
    #expect(state.owesAnswer(isServing: true) == owesAnswer)
    // Of a suspended connection nothing is left after the server's end, and it is not told.
    #expect(state.hasHeader(isServing: false) == (hasHeader && state != .suspended))
    #expect(!state.owesAnswer(isServing: false))
  }
}
