import CPostgres
import Glibc
import Loop

/// One connection to PostgreSQL, with one query at a time, on a loop: libpq never waits, but for the look-up
/// of a host's name.
///
/// Belongs to its loop's thread. Held by its pool until it has ended.
///
/// Source: PostgreSQL's documentation, chapter 34 (34.4, 34.5 asynchronous commands).
final class PostgresConnection {
  typealias Completion = (Result<PostgresRows, PostgresFailure>) -> Void

  /// Called once, when it can be used or cannot be made.
  private let opened: (PostgresConnection, PostgresFailure?) -> Void
  /// Called once, when it has ended after it was opened.
  private let closed: (PostgresConnection) -> Void
  private let loop: Loop
  private var handle: OpaquePointer?
  private var watch: Loop.WatchID?
  private var timer: Loop.TimerID?
  private var completion: Completion?
  private var rows: PostgresRows = []
  private var failure: PostgresFailure?
  private var isOpen = false

  init(
    to url: String, on loop: Loop, within limit: Duration,
    opened: @escaping (PostgresConnection, PostgresFailure?) -> Void,
    closed: @escaping (PostgresConnection) -> Void
  ) {
    self.loop = loop
    self.opened = opened
    self.closed = closed
    handle = Self.begin(url)
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    timer = loop.schedule(after: limit) { [weak self] in
      self?.openingFailed("it took longer than \(limit)")
    }
    loop.defer(to: .answer) { [weak self] in self?.goOnOpening(PGRES_POLLING_WRITING) }
  }

  deinit {
    if let watch { loop.unwatch(watch) }
    PQfinish(handle)
  }

  private static func begin(_ url: String) -> OpaquePointer? {
    let pairs = [
      ("dbname", url), ("fallback_application_name", "usher-relay"), ("client_encoding", "UTF8"),
    ]
    return withStrings(pairs.map(\.0)) { names in
      withStrings(pairs.map(\.1)) { values in PQconnectStartParams(names, values, 1) }
    }
  }

  // MARK: - Opening

  private func goOnOpening(_ wanted: PostgresPollingStatusType) {
    guard let handle, !isOpen else { return }
    if PQstatus(handle) == CONNECTION_BAD { return openingFailed(message) }
    watchSocket(wanted == PGRES_POLLING_READING ? .readable : .writable) { [weak self] _ in
      self?.poll()
    }
  }

  private func poll() {
    let status = PQconnectPoll(handle)
    switch status {
    case PGRES_POLLING_OK:
      isOpen = true
      cancelTimer()
      PQsetnonblocking(handle, 1)
      watchSocket(.readable) { [weak self] readiness in self?.becameReady(readiness) }
      opened(self, nil)
    case PGRES_POLLING_FAILED: openingFailed(message)
    default: goOnOpening(status)
    }
  }

  private func openingFailed(_ reason: String) {
    guard !isOpen, handle != nil else { return }
    end()
    opened(self, .unavailable(reason))
  }

  // MARK: - Queries

  /// Sends a query, of which there is no other under way.
  func send(_ query: PostgresQuery, within limit: Duration, _ completion: @escaping Completion) {
    precondition(self.completion == nil && isOpen, "one query at a time")
    self.completion = completion
    (rows, failure) = ([], nil)
    timer = loop.schedule(after: limit) { [weak self] in self?.lost("it took too long") }
    let sent = Self.withStrings(query.parameters) { values in
      PQsendQueryParams(
        handle, query.text, Int32(query.parameters.count), nil, values, nil, nil, 0)
    }
    guard sent == 1 else { return lost(message) }
    flush()
  }

  private func flush() {
    switch PQflush(handle) {
    case 0: watchFor(.readable)
    case 1: watchFor([.readable, .writable])
    default: lost(message)
    }
  }

  private func becameReady(_ readiness: Readiness) {
    guard handle != nil else { return }
    if readiness.readable, PQconsumeInput(handle) == 0 { return lost(message) }
    guard completion != nil else {
      // What comes by itself is the end.
      if PQstatus(handle) == CONNECTION_BAD { lost(message) }
      return
    }
    if readiness.writable {
      flush()
      guard completion != nil else { return }
    }
    while PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else { return finish() }
      read(result)
      PQclear(result)
    }
  }

  private func read(_ result: OpaquePointer) {
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
      for row in 0..<PQntuples(result) {
        rows.append(
          (0..<PQnfields(result)).map { column in
            PQgetisnull(result, row, column) == 1
              ? nil : String(cString: PQgetvalue(result, row, column))
          })
      }
    default:
      // PG_DIAG_SQLSTATE; without one libpq itself has given up.
      let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
      let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
      failure =
        if let state { .server(state: state, message: text ?? "it is refused") } else {
          .lost(message)
        }
    }
  }

  private func finish() {
    cancelTimer()
    // An administrator ends a session, or the server stops: class 57 comes with the end.
    if case .server(let state, let text)? = failure, state.hasPrefix("57P") { return lost(text) }
    if PQstatus(handle) == CONNECTION_BAD { return lost(message) }
    let completion = completion.take()
    completion?(failure.map(Result.failure) ?? .success(rows))
  }

  private func lost(_ reason: String) {
    guard handle != nil else { return }
    end()
    let completion = completion.take()
    closed(self)
    completion?(.failure(.lost(reason)))
  }

  /// Ends it; what is under way fails.
  func close() { lost("it is closed") }

  // MARK: - The socket

  private var interest: Interest?

  private func watchSocket(_ wanted: Interest, _ handler: @escaping (Readiness) -> Void) {
    // While it connects, libpq may take another socket each time.
    if let watch { loop.unwatch(watch) }
    interest = wanted
    watch = try? loop.watch(PQsocket(handle), for: wanted, handler)
    if watch == nil { openingFailed("its socket cannot be watched") }
  }

  private func watchFor(_ wanted: Interest) {
    guard wanted != interest, let watch else { return }
    interest = wanted
    try? loop.modify(watch, for: wanted)
  }

  private func end() {
    cancelTimer()
    if let watch { loop.unwatch(watch) }
    watch = nil
    PQfinish(handle)
    handle = nil
  }

  private func cancelTimer() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }

  /// What libpq says is wrong, in one line.
  private var message: String {
    guard let handle, let text = PQerrorMessage(handle) else { return "there is no connection" }
    return PostgresConnection.line(String(cString: text))
  }

  static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0.isWhitespace } }
      .joined(separator: "; ")
  }

  /// Calls `body` with the texts as C has them, and a null at the end.
  static func withStrings<Value>(
    _ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
  ) -> Value {
    let copies = texts.map { $0.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
    return pointers.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("it ends with a null") }
      return body(base)
    }
  }
}

@available(*, unavailable, message: "a PostgresConnection belongs to its loop's thread")
extension PostgresConnection: Sendable {}
