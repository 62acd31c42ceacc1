import Loop

extension HTTPServer {
  /// What a server allows its clients.
  package struct Configuration: Sendable {
    /// The longest body, in bytes; a request that declares more is refused before it is sent.
    package var bodyLimit = 16 * 1024
    /// What may follow a request's header block, where that is not what ``bodyLimit`` says: a client
    /// that may send a long body must be known before it is read.
    package var ruleBody: (@Sendable (RequestHead) -> BodyRuling)?
    /// Open connections. Above it a new one takes the place of one that waits for its client (see
    /// ``Eviction``), so it belongs well above the number of requests that the application takes at a
    /// time. Above nine tenths of it each answer is the last on its connection. Each server may need
    /// ``connectionReserve`` descriptors more.
    package var connectionLimit = 10_000
    /// Bytes that libmicrohttpd takes for each connection: the header block and the header fields of
    /// the answer must fit, or the answer is 431 or 414.
    package var connectionMemory = 16 * 1024
    /// From accepting a connection, or from a later request line, to the end of the header block.
    package var headerTimeout = Duration.seconds(5)
    /// From the header block to the last byte of the body.
    package var bodyTimeout = Duration.seconds(5)
    /// From the answer to its last byte: for a client that does not read.
    package var answerTimeout = Duration.seconds(30)
    /// From an answer to the next request line on the same connection.
    package var idleTimeout = Duration.seconds(75)

    /// The defaults.
    package init() {}

    /// How many connections more may be open for a moment: those that are being closed, and new ones.
    package static let connectionReserve = 32

    /// The number of open connections above which none is kept alive.
    var keepAliveLimit: Int { connectionLimit - connectionLimit / 10 }
  }
}
