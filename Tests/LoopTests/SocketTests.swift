import Glibc
import Testing

@testable import Loop

@Suite("Socket")
struct SocketTests {
  private let anyPort: ResolvedAddress

  init() throws {
    anyPort = try Self.loopback(port: 0)
  }

  @Test("TCP: a client connects to the port that the listener got, and bytes come through")
  func tcp() throws {
    let listener = try Socket.listen(at: anyPort, shared: false)
    let port = try #require(Socket.localPort(of: listener.raw))
    #expect(port != 0)
    try expectConversation(through: listener, at: Self.loopback(port: port))
  }

  @Test("Unix: a client connects to the path, and bytes come through")
  func unix() throws {
    let directory = try TemporaryDirectory()
    let address = try Self.unix("\(directory.path)/socket")
    let listener = try Socket.listen(at: address, shared: false)
    #expect(Socket.localPort(of: listener.raw) == nil)
    try expectConversation(through: listener, at: address)
  }

  @Test("all addresses are those of both families")
  func bothFamilies() throws {
    let all = try #require(ResolvedAddress(literal: .tcp(host: "::", port: 0)))
    let listener = try Socket.listen(at: all, shared: true)
    let port = try #require(Socket.localPort(of: listener.raw))
    for host in ["127.0.0.1", "::1"] {
      let address = try #require(ResolvedAddress(literal: .tcp(host: host, port: port)))
      try expectConversation(through: listener, at: address)
    }
  }

  @Test("sockets do not block and do not outlive an exec")
  func flags() throws {
    let listener = try Socket.listen(at: anyPort, shared: false)
    let port = try #require(Socket.localPort(of: listener.raw))
    let client = try Socket.connect(to: Self.loopback(port: port))
    for number in [listener.raw, client.raw] {
      #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
    }
    var noDelay: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    #expect(getsockopt(client.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, &size) == 0)
    #expect(noDelay == 1)
  }

  @Test("a shared port can be had twice, an unshared one only once")
  func sharedPorts() throws {
    let first = try Socket.listen(at: anyPort, shared: true)
    let shared = try Self.loopback(port: try #require(Socket.localPort(of: first.raw)))
    let second = try Socket.listen(at: shared, shared: true)
    #expect(Socket.localPort(of: second.raw) == Socket.localPort(of: first.raw))
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
      _ = try Socket.listen(at: shared, shared: false)
    }

    let alone = try Socket.listen(at: anyPort, shared: false)
    let taken = try Self.loopback(port: try #require(Socket.localPort(of: alone.raw)))
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
      _ = try Socket.listen(at: taken, shared: true)
    }
  }

  @Test("a port is free again as soon as its listener is closed, for all its old connections")
  func portIsFreeAgain() throws {
    let address: ResolvedAddress
    do {
      let listener = try Socket.listen(at: anyPort, shared: false)
      address = try Self.loopback(port: try #require(Socket.localPort(of: listener.raw)))
      // The server closes first, so that its side stays in TIME_WAIT.
      let client = try Socket.connect(to: address)
      do { _ = try accepted(by: listener) }
      #expect(try finish(client) == 0)
    }
    _ = try Socket.listen(at: address, shared: false)
  }

  @Test("a refused connection leaves its error")
  func refused() throws {
    let port: UInt16
    do {
      let listener = try Socket.listen(at: anyPort, shared: false)
      port = try #require(Socket.localPort(of: listener.raw))
    }
    let client = try Socket.connect(to: Self.loopback(port: port))
    #expect(try finish(client) == ECONNREFUSED)
  }

  @Test("a Unix path without a listener refuses inside the call")
  func nobodyThere() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: SystemError(call: "connect", code: ENOENT)) {
      _ = try Socket.connect(to: Self.unix("\(directory.path)/nothing"))
    }
  }

  @Test("the error of something that is no socket is why it cannot be asked")
  func noSocket() throws {
    let pipe = try Pipe()
    #expect(Socket.pendingError(of: pipe.reading) == ENOTSOCK)
    #expect(Socket.localPort(of: pipe.reading) == nil)
  }

  @Test(
    "a Unix socket's file has the mode that is asked for, whatever the umask",
    arguments: [0o600, 0o666])
  func mode(mode: UInt32) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/socket"
    let listener = try Socket.listen(at: Self.unix(path), shared: false, mode: mode)
    var status = stat()
    #expect(lstat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == mode)
    try expectConversation(through: listener, at: Self.unix(path))
  }

  @Test("a Unix socket's file at which no process listens is replaced")
  func staleFile() throws {
    let directory = try TemporaryDirectory()
    let address = try Self.unix("\(directory.path)/socket")
    do { _ = try Socket.listen(at: address, shared: false) }
    #expect(access("\(directory.path)/socket", F_OK) == 0)
    let listener = try Socket.listen(at: address, shared: false)
    try expectConversation(through: listener, at: address)
  }

  @Test("a Unix socket at which a process listens is not taken over")
  func liveSocket() throws {
    let directory = try TemporaryDirectory()
    let address = try Self.unix("\(directory.path)/socket")
    let listener = try Socket.listen(at: address, shared: false)
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
      _ = try Socket.listen(at: address, shared: false)
    }
    _ = try accepted(by: listener)
    try expectConversation(through: listener, at: address)
  }

  @Test("a file that is no socket is never removed, though the kernel refuses connections to it")
  func otherFile() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/precious"
    let file = Descriptor(
      owning: try SystemError.check("open") { open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) })
    #expect(write(file.raw, "data", 4) == 4)
    #expect(throws: SystemError(call: "bind", code: EADDRINUSE)) {
      _ = try Socket.listen(at: Self.unix(path), shared: false)
    }
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_size == 4)
  }

  private static func loopback(port: UInt16) throws -> ResolvedAddress {
    try #require(ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: port)))
  }

  private static func unix(_ path: String) throws -> ResolvedAddress {
    try #require(ResolvedAddress(literal: .unix(path: path)))
  }

  /// Connects, and sends a byte from the server to the client.
  private func expectConversation(
    through listener: borrowing Descriptor, at address: ResolvedAddress
  ) throws {
    let client = try Socket.connect(to: address)
    #expect(try finish(client) == 0)
    let server = try accepted(by: listener)
    #expect(write(server.raw, "x", 1) == 1)
    try wait(for: client, .readable)
    var byte: UInt8 = 0
    #expect(read(client.raw, &byte, 1) == 1)
    #expect(byte == UInt8(ascii: "x"))
  }

  /// Waits until the attempt to connect has ended and says how.
  private func finish(_ client: borrowing Descriptor) throws -> Int32 {
    try wait(for: client, .writable)
    return Socket.pendingError(of: client.raw)
  }

  private func accepted(by listener: borrowing Descriptor) throws -> Descriptor {
    try wait(for: listener, .readable)
    let number = listener.raw
    return Descriptor(owning: try SystemError.check("accept") { accept(number, nil, nil) })
  }

  private func wait(for descriptor: borrowing Descriptor, _ interest: Interest) throws {
    let loop = try Loop()
    var ready = false
    _ = try loop.watch(descriptor.raw, for: interest) { _ in ready = true }
    try loop.turn { ready }
  }
}
