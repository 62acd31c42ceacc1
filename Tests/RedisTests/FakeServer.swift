import Glibc
import Loop

@testable import Redis

/// A server that says whatever a test wants, on the test's own loop.
final class FakeServer {
  /// One connection, as the server sees it.
  final class Client {
    fileprivate let socket: Int32
    fileprivate var watch: Loop.WatchID?
    fileprivate let parser = ReplyParser(maxReplyBytes: 1 << 24)
    /// How many commands it has sent.
    fileprivate(set) var commands = 0

    init(socket: Int32) { self.socket = socket }

    func say(_ text: String) { say(Array(text.utf8)) }

    func say(_ bytes: [UInt8]) {
      // What a test says fits into the socket's buffer.
      _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// The server says no more, but would still listen.
    func halfClose() { shutdown(socket, Int32(SHUT_WR)) }
  }

  let address: SocketAddress
  private(set) var clients: [Client] = []
  private(set) var commands: [[String]] = []
  /// Connections that are open now.
  var open: Int { clients.count }
  /// The most that were open at a time, and how many there have been.
  private(set) var most = 0
  private(set) var accepted = 0
  /// How many reads it took to get all commands.
  private(set) var reads = 0

  private let loop: Loop
  private let listener: Descriptor
  private let answer: (Client, [String]) -> Void

  /// Calls `answer` with each command.
  init(on loop: Loop, answer: @escaping (Client, [String]) -> Void) throws {
    self.loop = loop
    self.answer = answer
    guard let any = ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: 0)) else { throw Lost() }
    listener = try Socket.listen(at: any, shared: false)
    guard let port = Socket.localPort(of: listener.raw) else { throw Lost() }
    address = .tcp(host: "127.0.0.1", port: port)
    _ = try loop.watch(listener.raw, for: .readable) { [unowned self] _ in accept() }
  }

  /// A server that shakes hands as Redis does and leaves the rest to `answer`.
  static func handshake(
    on loop: Loop, answer: @escaping (Client, [String]) -> Void = { _, _ in }
  ) throws -> FakeServer {
    try FakeServer(on: loop) { client, command in
      if command == ["PING"] { client.say("+PONG\r\n") } else { answer(client, command) }
    }
  }

  func drop(_ client: Client) {
    if let watch = client.watch { loop.unwatch(watch) }
    // A server process that another test starts may have inherited it: closing is not enough.
    shutdown(client.socket, Int32(SHUT_RDWR))
    close(client.socket)
    clients.removeAll { $0 === client }
  }

  private func accept() {
    let socket = Glibc.accept(listener.raw, nil, nil)
    guard socket >= 0 else { return }
    let client = Client(socket: socket)
    clients.append(client)
    accepted += 1
    most = max(most, clients.count)
    client.watch = try? loop.watch(socket, for: .readable) { [unowned self] _ in read(client) }
  }

  private func read(_ client: Client) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(client.socket, &chunk, chunk.count, 0)
    guard count > 0 else { return drop(client) }
    reads += 1
    do {
      try chunk.withUnsafeBytes { try client.parser.feed(.init(rebasing: $0[..<count])) }
      while let command = try client.parser.next() {
        let words = (0..<command.count).map { command[$0].text ?? "" }
        commands.append(words)
        client.commands += 1
        answer(client, words)
      }
    } catch {
      drop(client)
    }
  }

  private struct Lost: Error {}
}
