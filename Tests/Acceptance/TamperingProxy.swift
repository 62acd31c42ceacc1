import Foundation
import Locking
import TestSupport

/// Stands between usher and a real Redis: carries what they say, until it is told to lie.
///
/// While it lies, whatever is asked is answered with the lie and nothing else, but for the greeting of a
/// new connection.
final class TamperingProxy: Sendable {
  /// What a connection says to a command. It returns when it has said it; `isGone` tells whether the
  /// other side has closed, or the test wants the truth again.
  struct Lie: Sendable {
    let name: String
    /// Whether the greeting of a new connection is answered with it as well.
    var isAtOnce = false
    let tell: @Sendable (Line) -> Void

    /// Always the same.
    init(_ name: String, isAtOnce: Bool = false, _ text: String) {
      self.init(name, isAtOnce: isAtOnce) { $0.say(Array(text.utf8)) }
    }

    init(_ name: String, isAtOnce: Bool = false, _ tell: @escaping @Sendable (Line) -> Void) {
      self.name = name
      self.isAtOnce = isAtOnce
      self.tell = tell
    }
  }

  /// The way back to usher.
  struct Line: Sendable {
    fileprivate let descriptor: Int32
    fileprivate let proxy: TamperingProxy

    /// Whether it goes on.
    var isOpen: Bool {
      var byte: UInt8 = 0
      let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
      return (count > 0 || count < 0 && errno == EAGAIN) && proxy.lie != nil
    }

    /// Says all of it, unless the other side goes, or takes nothing for a second.
    @discardableResult
    func say(_ bytes: [UInt8]) -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }

    /// Says no more.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }
  }

  /// What has come of it so far.
  struct Tally: Sendable {
    /// Commands that were answered with a lie.
    var lies = 0
    /// Connections that usher closed after it had been lied to.
    var closedAfterLie = 0
    /// Connections that usher closed without a lie on them.
    var closedWithout = 0
    var open = 0
    /// The most that were open at a time.
    var most = 0
  }

  /// It runs at least as long as this.
  private let redis: RedisServer
  private let relay: SocketProxy
  private let state = Lock<(lie: Lie?, tally: Tally, isOver: Bool)>((nil, Tally(), false))

  init(before redis: RedisServer) throws {
    self.redis = redis
    relay = try SocketProxy(to: redis.socket)
    relay.start { self.serve($0, from: $1) }
  }

  /// Where Redis seems to listen.
  var address: LocalAddress { relay.address }

  /// To be called in the end: the threads hold on to it.
  func stop() {
    state.withLock { $0.isOver = true }
    relay.close()
  }

  var tally: Tally { state.withLock { $0.tally } }

  /// Lies from now on, or no longer if nil; what happened before does not count any more.
  func tell(_ lie: Lie?) {
    state.withLock { state in
      state.lie = lie
      state.tally = Tally(open: state.tally.open, most: state.tally.open)
    }
  }

  fileprivate var lie: Lie? { state.withLock { $0.lie } }

  // MARK: - One connection

  private func serve(_ client: Int32, from server: Int32) {
    var second = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &second, socklen_t(MemoryLayout<timeval>.size))
    state.withLock {
      $0.tally.open += 1
      $0.tally.most = max($0.tally.most, $0.tally.open)
    }
    let (isUshers, wasLiedTo) = carry(between: client, and: server)
    state.withLock {
      $0.tally.open -= 1
      if isUshers, wasLiedTo { $0.tally.closedAfterLie += 1 }
      if isUshers, !wasLiedTo { $0.tally.closedWithout += 1 }
    }
  }

  /// Returns when it is over: whether usher ended it, and whether it had been lied to.
  private func carry(between client: Int32, and server: Int32) -> (isUshers: Bool, lied: Bool) {
    var wasLiedTo = false
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while !state.withLock({ $0.isOver }) {
      var ends = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&ends, 2, 50) > 0 else { continue }
      if ends[0].revents != 0 {
        let count = recv(client, &chunk, chunk.count, 0)
        guard count > 0 else { return (true, wasLiedTo) }
        let lie = lie
        let isGreeting = chunk[..<count].elementsEqual("*1\r\n$4\r\nPING\r\n".utf8)
        if let lie, !isGreeting || lie.isAtOnce {
          wasLiedTo = true
          for _ in 0..<Self.commands(in: chunk[..<count]) {
            state.withLock { $0.tally.lies += 1 }
            lie.tell(Line(descriptor: client, proxy: self))
          }
        } else if lie != nil {
          // Otherwise there would soon be no connection to lie on.
          Line(descriptor: client, proxy: self).say(Array("+PONG\r\n".utf8))
        } else {
          _ = send(server, chunk, count, Int32(MSG_NOSIGNAL))
        }
      }
      if ends[1].revents != 0 {
        let count = recv(server, &chunk, chunk.count, 0)
        guard count > 0 else { return (false, wasLiedTo) }
        // Nothing true is said after a lie.
        if !wasLiedTo { _ = send(client, chunk, count, Int32(MSG_NOSIGNAL)) }
      }
    }
    return (false, wasLiedTo)
  }

  /// usher's commands are arrays, and no argument of the tests' has a line that begins like one.
  private static func commands(in bytes: ArraySlice<UInt8>) -> Int {
    let (feed, star) = (UInt8(ascii: "\n"), UInt8(ascii: "*"))
    return bytes.indices.count { index in
      bytes[index] == star && (index == bytes.startIndex || bytes[index - 1] == feed)
    }
  }
}
