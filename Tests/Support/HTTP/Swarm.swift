import CLinux
import Foundation

/// Many clients at once on one thread, each with a connection of its own: a storm, an attack, a load.
///
/// Nothing here waits but ``wait(_:_:)``, which reads whatever has come for any of them.
package final class Swarm {
  /// What happened to a client.
  package enum Notice: Sendable {
    /// An answer is complete.
    case answer(Answer)
    /// The server ended the connection.
    case closed
  }

  private struct Client {
    let descriptor: Int32
    var incoming = AnswerReader()
    var unsent: [UInt8] = []
    var isOpen = true
    var reads = true
  }

  private let server: UsherProcess?
  private let address: LocalAddress
  private let epoll: Int32
  private var clients: [Client] = []
  private var events = [epoll_event](repeating: epoll_event(), count: 512)
  private var buffer = [UInt8](repeating: 0, count: 65_536)

  /// How many descriptors this process may have, once there is a swarm.
  package static var descriptorLimit: Int { Int(clamping: limit().rlim_max) }

  /// An empty swarm in front of `address`. It may use as many descriptors as the system allows.
  package init(_ address: LocalAddress, server: UsherProcess? = nil) {
    self.address = address
    self.server = server
    epoll = epoll_create1(Int32(O_CLOEXEC))
    var limit = Self.limit()
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  private static func limit() -> rlimit {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit
  }

  deinit {
    for client in clients where client.isOpen { Foundation.close(client.descriptor) }
    Foundation.close(epoll)
  }

  /// How many have come so far, those that have been sent away among them.
  package var count: Int { clients.count }

  /// How many are connected.
  package var open: Int { clients.count { $0.isOpen } }

  /// Whether a client is connected.
  package func isOpen(_ client: Int) -> Bool { clients[client].isOpen }

  /// Brings a client in, connected; returns its number.
  ///
  /// - Parameter reads: Whether it takes what the server sends. One that does not has little room for
  ///   what it does not take.
  @discardableResult
  package func join(reads: Bool = true) throws -> Int {
    let descriptor = try address.connect { descriptor in
      if !reads { set(descriptor, SOL_SOCKET, SO_RCVBUF, 1) }
      if case .tcp = address {
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        // Ten thousand clients of one address would need a third of all the ports that it has.
        try bind(descriptor, toSource: clients.count / 5000)
      }
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    clients.append(Client(descriptor: descriptor, reads: reads))
    try watch(clients.count - 1, EPOLL_CTL_ADD)
    return clients.count - 1
  }

  /// Sends bytes, now or as soon as there is room for them; nothing happens if the connection is over.
  package func send(_ bytes: [UInt8], from number: Int) throws {
    guard clients[number].isOpen else { return }
    let waited = !clients[number].unsent.isEmpty
    clients[number].unsent += bytes
    if !waited { try flush(number) }
  }

  /// Sends text.
  package func send(_ text: String, from number: Int) throws {
    try send(Array(text.utf8), from: number)
  }

  /// Waits until something has happened, but no longer than `limit`, and tells all of it.
  package func wait(
    _ limit: Duration, _ notice: (_ client: Int, Notice) throws -> Void
  ) throws {
    let milliseconds = Int32(max(.zero, limit) / .milliseconds(1))
    let count = epoll_wait(epoll, &events, Int32(events.count), milliseconds)
    for event in events.prefix(max(0, Int(count))) {
      let number = Int(event.data.u64)
      if event.events & EPOLLOUT.rawValue != 0 { try flush(number) }
      let failures = EPOLLHUP.rawValue | EPOLLERR.rawValue
      if clients[number].reads {
        try read(number, notice)
      } else if event.events & failures != 0 {
        try end(number, notice)
      }
    }
  }

  /// Waits until `condition` holds, telling what happens meanwhile.
  ///
  /// - Parameter meanwhile: Called many times a second.
  package func wait(
    for expectation: String, within limit: Duration,
    until condition: () -> Bool, _ notice: (_ client: Int, Notice) throws -> Void,
    meanwhile: () throws -> Void = {}
  ) throws {
    let deadline = ContinuousClock.now + limit * Patience.factor
    while !condition() {
      guard ContinuousClock.now < deadline else {
        throw TestFailure("not within \(limit): \(expectation)")
      }
      try meanwhile()
      try wait(.milliseconds(20), notice)
    }
  }

  private func read(_ number: Int, _ notice: (Int, Notice) throws -> Void) throws {
    while clients[number].isOpen {
      let count = recv(clients[number].descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      guard count > 0 else { return try end(number, notice) }
      clients[number].incoming.append(buffer[..<count])
      while let answer = try clients[number].incoming.next() { try notice(number, .answer(answer)) }
      if count < buffer.count { return }
    }
  }

  private func end(_ number: Int, _ notice: (Int, Notice) throws -> Void) throws {
    guard clients[number].isOpen else { return }
    clients[number].isOpen = false
    Foundation.close(clients[number].descriptor)
    try notice(number, .closed)
  }

  private func flush(_ number: Int) throws {
    while !clients[number].unsent.isEmpty {
      let count = clients[number].unsent.withUnsafeBytes {
        Foundation.send(clients[number].descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        // What is wrong with the connection, reading from it tells.
        if errno != EAGAIN { clients[number].unsent = [] }
        break
      }
      clients[number].unsent.removeFirst(count)
    }
    try watch(number, EPOLL_CTL_MOD)
  }

  private func watch(_ number: Int, _ operation: Int32) throws {
    let client = clients[number]
    var event = epoll_event()
    event.events =
      (client.reads ? EPOLLIN.rawValue : 0) | (client.unsent.isEmpty ? 0 : EPOLLOUT.rawValue)
    event.data.u64 = UInt64(number)
    guard epoll_ctl(epoll, operation, client.descriptor, &event) == 0 else {
      throw ClientError.system(call: "epoll_ctl", code: errno)
    }
  }

  private func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// To 127.0.0.1, or one of the addresses behind it, which are this machine's, too.
  private func bind(_ descriptor: Int32, toSource number: Int) throws {
    // Otherwise a port would be taken for all servers that it could connect to.
    set(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
    var source = sockaddr_in()
    source.sin_family = sa_family_t(AF_INET)
    source.sin_addr.s_addr = (INADDR_LOOPBACK + UInt32(number)).bigEndian
    let result = withUnsafePointer(to: &source) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw ClientError.system(call: "bind", code: errno) }
  }
}

@available(*, unavailable, message: "a Swarm is for one thread")
extension Swarm: Sendable {}
