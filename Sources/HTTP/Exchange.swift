/// One request and the place for its answer.
///
/// The handler gets it when the whole request has arrived and answers it, once: inside the call,
/// which is cheapest, or in any later turn of the loop. An exchange that the handler drops without an
/// answer answers itself, with ``RequestError/unanswered``.
///
/// Until the answer nothing is read from the connection: that its client has gone away shows when the
/// answer is written.
package final class Exchange {
  /// What is to be done.
  package internal(set) var method: Method
  /// The path as it was sent, with nothing decoded: it begins with `/`, or is `*`.
  package let path: String
  /// What follows the `?`, with nothing decoded; empty without one.
  package let query: String
  /// At most ``HTTPServer/Configuration/bodyLimit`` bytes, or what ``HTTPServer/Configuration/ruleBody``
  /// says.
  package internal(set) var body: [UInt8] = []

  /// The longest that the body may become.
  var bodyLimit = 0
  /// Whether the answer is the last on its connection.
  var isLast = false

  let server: HTTPServer
  let connection: Connection
  let slot: ConnectionTable.Slot
  /// Where libmicrohttpd had the target when the request line arrived. It cuts the bytes up
  /// afterwards, so the place is all that may still be asked.
  let targetPlace: UnsafeRawBufferPointer
  let isTargetValid: Bool
  var state = ExchangeState.receivingHeader

  init(
    target: UnsafeBufferPointer<UInt8>, server: HTTPServer, connection: Connection,
    slot: ConnectionTable.Slot
  ) {
    let parsed = RequestTarget(target)
    method = .get
    path = parsed?.path ?? ""
    query = parsed?.query ?? ""
    targetPlace = UnsafeRawBufferPointer(target)
    isTargetValid = parsed != nil
    self.server = server
    self.connection = connection
    self.slot = slot
  }

  deinit {
    guard state.owesAnswer(isServing: server.isServing) else { return }
    let failed = FailedRequest(.unanswered, method, on: connection)
    server.answer(self, with: server.errorResponse(failed))
  }

  /// True once there is an answer, or the client has left.
  package var isAnswered: Bool { state.isOver }

  /// The value of the first header field of this name (in any case) without white space around it.
  /// Bytes that are no UTF-8 read as U+FFFD. To be asked before the answer; after it there are none.
  package func header(_ name: String) -> String? {
    state.hasHeader(isServing: server.isServing) ? connection.header(name) : nil
  }

  /// Where the client is; to be asked before the answer.
  package var client: ClientAddress {
    state.hasHeader(isServing: server.isServing) ? connection.client : .unknown
  }

  /// The decoded value of a parameter of the query.
  package func queryValue(_ name: String) -> QueryValue { QueryValue(of: name, in: query) }

  /// Answers. Only the first answer counts: a deadline may have been faster than the result.
  package func respond(_ response: Response) { server.answer(self, with: response) }
}

extension Exchange {
  /// The header block, once it is complete.
  ///
  /// - Parameters:
  ///   - method: where it begins.
  ///   - version: where the version stands in it.
  func headerBlock(
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) throws(RequestError) -> HeaderBlock {
    guard isTargetValid, let target = targetPlace.baseAddress else {
      throw .malformed("the request target is not one")
    }
    let start = UnsafeRawPointer(method)
    let bytes = UnsafeRawBufferPointer(start: start, count: connection.headerSize)
    return try connection.withHeaderFields { fields in
      Result { () throws(RequestError) in
        switch server.reading {
        case .block:
          try HeaderBlock(
            bytes, target: (target - start)..<(target + targetPlace.count - start),
            version: UnsafeRawPointer(version) - start,
            names: fields.lazy.compactMap(\.name.baseAddress))
        case .fields:
          try HeaderBlock(method: method, version: version, fields: fields, in: bytes)
        }
      }
    }.get()
  }
}

@available(*, unavailable, message: "an Exchange belongs to its server's loop's thread")
extension Exchange: Sendable {}
