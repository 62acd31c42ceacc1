import Loop

/// Where an exchange stands, from its request line to its answer: what happened goes in, with the time
/// at which it happened, and what to do comes out.
enum ExchangeState: Hashable {
  /// The header block is arriving.
  case receivingHeader
  /// The body is arriving.
  case receivingBody
  /// The handler is being called.
  case handling
  /// The handler has returned without an answer. libmicrohttpd asks for one in each run.
  case resting(until: Instant)
  /// libmicrohttpd keeps away from the connection.
  case suspended
  /// The body became too long, which the client has been told; the rest of it is still arriving.
  case refused
  /// There is an answer.
  case answered
  /// The client left first.
  case abandoned

  /// What to do when libmicrohttpd has called.
  enum Step {
    /// Read the header block, and then say ``headerAccepted()`` or ``answered(isServing:)``.
    case readHeader
    /// Add a piece to the body.
    case appendBody
    /// Throw a piece of the body away.
    case discardBody
    /// Call the handler, and then say ``handlerReturned(at:)``.
    case handle
    /// Nothing: it is to ask again.
    case wait
    /// Suspend the connection.
    case suspend
    /// Make libmicrohttpd close the connection: its question makes no sense.
    case close
  }

  /// What to do with an answer.
  enum Delivery {
    /// Nothing: there was one before, or the client is gone.
    case drop
    /// Give it to libmicrohttpd, which reads no further and closes the connection.
    case queueAndClose
    /// Give it to libmicrohttpd, which is running.
    case queue
    /// Give it to libmicrohttpd, and let that run.
    case queueAndRun
    /// Give it to libmicrohttpd, resume the connection, and let libmicrohttpd run.
    case queueAndResume
  }

  /// How long an exchange rests before its connection is suspended.
  static let longestRest = Duration.milliseconds(5)

  /// Whether libmicrohttpd holds the exchange: it reads the request, or will ask for the answer.
  var isHeld: Bool {
    switch self {
    case .receivingHeader, .receivingBody, .resting, .refused: true
    case .handling, .suspended, .answered, .abandoned: false
    }
  }

  /// Whether no answer is wanted any more.
  var isOver: Bool {
    switch self {
    case .receivingHeader, .receivingBody, .handling, .resting, .suspended: false
    case .refused, .answered, .abandoned: true
    }
  }

  /// Whether the handler may read the header fields. A suspended connection ends with its server, of
  /// which it is not told.
  func hasHeader(isServing: Bool) -> Bool {
    switch self {
    case .handling, .resting: true
    case .suspended: isServing
    case .receivingHeader, .receivingBody, .refused, .answered, .abandoned: false
    }
  }

  /// Whether the client waits in vain if no reference to the exchange is left. (In other states
  /// libmicrohttpd or its callback has one.)
  func owesAnswer(isServing: Bool) -> Bool {
    switch self {
    case .suspended: isServing
    case .receivingHeader, .receivingBody, .handling, .resting, .refused, .answered, .abandoned:
      false
    }
  }

  /// libmicrohttpd called: because the header block is complete, with a piece of the body, because the
  /// request is complete, and then in each run to ask for the answer.
  ///
  /// Most answers come within a millisecond, and to be asked until then costs far less than to suspend
  /// and resume, which changes the epoll set twice and makes libmicrohttpd read in vain. But an exchange
  /// that waits longer must not be asked in every run.
  ///
  /// The connection is suspended here and not in the handler's call, because libmicrohttpd then knows
  /// it as one that waits for the application (`MHD_EVENT_LOOP_INFO_BLOCK`) and writes first when it is
  /// resumed. Otherwise it reads first: in vain, or to the end of the stream, so that a client that
  /// has closed its sending side gets no answer.
  mutating func called(withBody hasBody: Bool, at now: Instant) -> Step {
    switch self {
    case .receivingHeader: return .readHeader
    case .receivingBody:
      if hasBody { return .appendBody }
      self = .handling
      return .handle
    case .resting(let end):
      if now < end { return .wait }
      self = .suspended
      return .suspend
    case .refused: return hasBody ? .discardBody : .close
    case .handling, .suspended, .answered, .abandoned: return .close
    }
  }

  /// The header block is good, and a body may follow.
  mutating func headerAccepted() {
    switch self {
    case .receivingHeader: self = .receivingBody
    case .receivingBody, .handling, .resting, .suspended, .refused, .answered, .abandoned: break
    }
  }

  /// The body became too long. True if the client is to be told, past libmicrohttpd, which takes no
  /// answer now.
  mutating func bodyBecameTooLong() -> Bool {
    switch self {
    case .receivingBody:
      self = .refused
      return true
    case .receivingHeader, .handling, .resting, .suspended, .refused, .answered, .abandoned:
      return false
    }
  }

  /// The handler returned.
  mutating func handlerReturned(at now: Instant) {
    switch self {
    case .handling: self = .resting(until: now + Self.longestRest)
    case .receivingHeader, .receivingBody, .resting, .suspended, .refused, .answered, .abandoned:
      break
    }
  }

  /// There is an answer: the handler's, or a server's error. Only the first one counts. `isServing` is
  /// false after ``HTTPServer/stop()``.
  mutating func answered(isServing: Bool) -> Delivery {
    let delivery: Delivery
    switch self {
    case .receivingHeader: delivery = .queueAndClose
    // libmicrohttpd takes none in the middle of a body.
    case .receivingBody: return .drop
    case .handling: delivery = .queue
    case .resting: delivery = .queueAndRun
    case .suspended: delivery = .queueAndResume
    case .refused, .answered, .abandoned: return .drop
    }
    self = isServing ? .answered : .abandoned
    return isServing ? delivery : .drop
  }

  /// The client left, or the server stopped, before there was an answer.
  mutating func clientLeft() {
    switch self {
    case .receivingHeader, .receivingBody, .handling, .resting, .suspended: self = .abandoned
    case .refused, .answered, .abandoned: break
    }
  }
}
