import Foundation
import Locking
import TestSupport

/// A server that answers each question of usher's as a test says, and as a Redis without any people
/// where it says nothing. One thread serves all connections.
final class LyingRedis: Sendable {
  private struct State {
    var lies: [ReplyBound.Question: @Sendable () -> [UInt8]] = [:]
    var told: [ReplyBound.Question: Int] = [:]
    var isOver = false
  }

  /// Where it listens, at 127.0.0.1.
  let port: UInt16
  private let listener: Int32
  private let state = Lock(State())

  init() throws {
    let address = try LocalAddress.freePort()
    guard case .tcp(let port) = address else { throw TestFailure("no port") }
    self.port = port
    listener = try address.listen()
  }

  /// Begins to serve; until ``stop()``, which is to be called in the end.
  func start() {
    Thread { [self] in serve() }.start()
  }

  func stop() {
    state.withLock { $0.isOver = true }
  }

  /// Answers `question` with what `reply` makes from now on; with the truth if nil.
  func tell(_ reply: (@Sendable () -> [UInt8])?, to question: ReplyBound.Question) {
    state.withLock {
      $0.lies[question] = reply
      $0.told[question] = 0
    }
  }

  /// How often `question` was asked since the last ``tell(_:to:)``.
  func told(_ question: ReplyBound.Question) -> Int {
    state.withLock { $0.told[question] ?? 0 }
  }

  // MARK: - Connections

  private struct Connection {
    var unread: [UInt8] = []
    var unsent: ArraySlice<UInt8> = []
  }

  private func serve() {
    var connections: [Int32: Connection] = [:]
    while !state.withLock({ $0.isOver }) {
      var ends = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
      for (descriptor, connection) in connections {
        let wants = connection.unsent.isEmpty ? POLLIN : POLLIN | POLLOUT
        ends.append(pollfd(fd: descriptor, events: Int16(wants), revents: 0))
      }
      guard poll(&ends, nfds_t(ends.count), 50) > 0 else { continue }
      for end in ends where end.revents != 0 {
        if end.fd == listener {
          let descriptor = accept(listener, nil, nil)
          if descriptor >= 0 { connections[descriptor] = Connection() }
        } else if var connection = connections.removeValue(forKey: end.fd) {
          if exchange(end.fd, &connection) {
            connections[end.fd] = connection
          } else {
            close(end.fd)
          }
        }
      }
    }
    for descriptor in connections.keys { close(descriptor) }
    close(listener)
  }

  /// Reads, answers and writes what there is; false when the other side has gone.
  private func exchange(_ descriptor: Int32, _ connection: inout Connection) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
    if count == 0 || count < 0 && errno != EAGAIN { return false }
    if count > 0 { connection.unread += chunk[..<count] }
    while let words = Self.takeCommand(&connection.unread) { connection.unsent += answer(words) }
    while !connection.unsent.isEmpty {
      let sent = connection.unsent.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      }
      if sent < 0 { return errno == EAGAIN }
      connection.unsent = connection.unsent.dropFirst(sent)
    }
    return true
  }

  /// The words of the first whole command; nil until there is one.
  private static func takeCommand(_ bytes: inout [UInt8]) -> [String]? {
    var rest = bytes[...]
    func line() -> Substring? {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      let line = String(decoding: rest[rest.startIndex..<end].dropLast(), as: UTF8.self)
      rest = rest[(end + 1)...]
      return line.dropFirst()
    }
    guard let count = line().flatMap({ Int($0) }) else { return nil }
    var words: [String] = []
    for _ in 0..<count {
      guard let length = line().flatMap({ Int($0) }), rest.count >= length + 2 else { return nil }
      words.append(String(decoding: rest.prefix(length), as: UTF8.self))
      rest = rest.dropFirst(length + 2)
    }
    bytes = Array(rest)
    return words
  }

  // MARK: - Answers

  private func answer(_ words: [String]) -> [UInt8] {
    let greetings = [
      "PING": "+PONG\r\n", "AUTH": "+OK\r\n", "SELECT": "+OK\r\n", "ASKING": "+OK\r\n",
    ]
    if let greeting = greetings[words[0]] { return Array(greeting.utf8) }
    let question = Self.question(words)
    let lie = state.withLock { state in
      state.told[question, default: 0] += 1
      return state.lies[question]
    }
    return lie?() ?? Array(truth(question, words).utf8)
  }

  private static func question(_ words: [String]) -> ReplyBound.Question {
    switch words[0] {
    case "CLUSTER": .clusterSlots
    case "SENTINEL": .sentinelMaster
    case "ROLE": .role
    case "INFO": .info
    case "GET": .secret
    case "ZRANGE", "ZRANGEBYSCORE": .events
    default: .command
    }
  }

  private func truth(_ question: ReplyBound.Question, _ words: [String]) -> String {
    switch question {
    case .clusterSlots: "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
    case .sentinelMaster: "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n\(port)\r\n"
    case .role: "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"
    case .info: "$13\r\nrun_id:abc123\r\n"
    case .secret: "$32\r\n\(String(repeating: "s", count: 32))\r\n"
    case .events: "*0\r\n"
    case .command:
      switch words[0] {
      case "ZADD", "ZREMRANGEBYSCORE": ":0\r\n"
      case "TIME": "*2\r\n:\(time(nil))\r\n:0\r\n"
      // No field is there.
      case "HMGET": "*\(words.count - 2)\r\n" + String(repeating: "$-1\r\n", count: words.count - 2)
      default: "-ERR no\r\n"
      }
    }
  }
}
