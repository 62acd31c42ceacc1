import Foundation
import TestSupport
import Testing

@Suite("RedisServer")
struct RedisServerTests {
  @Test("it answers at its socket and, if wanted, at a port")
  func answers() throws {
    let server = try RedisServer(tcp: true)
    #expect(try server.send("PING") == .status("PONG"))
    let tcp = try #require(server.tcp)
    #expect(try RedisConnection(tcp).send("PING") == .status("PONG"))
  }

  @Test("its own arguments reach it, and its connections know the password")
  func arguments() throws {
    let server = try RedisServer(["--requirepass", "open sesame", "--maxmemory", "100mb"])
    #expect(
      try server.send("CONFIG", "GET", "maxmemory")
        == .array([.text("maxmemory"), .text("104857600")]))
    let stranger = try RedisConnection(server.socket)
    #expect(try stranger.send("GET", "k") == .error("NOAUTH Authentication required."))
    #expect(throws: TestFailure.self) { try RedisConnection(server.socket, password: "wrong") }
  }

  @Test("what it keeps on disk outlives a restart and a kill; it has a new process then")
  func restart() throws {
    let server = try RedisServer(["--appendonly", "yes", "--appendfsync", "always"])
    try server.send("SET", "k", "v")
    let first = server.pid
    try server.restart()
    #expect(try server.send("GET", "k") == .text("v"))
    try server.kill(SIGKILL)
    #expect(throws: ClientError.system(call: "connect", code: ECONNREFUSED)) {
      try server.connect()
    }
    try server.restart()
    #expect(try server.send("GET", "k") == .text("v"))
    #expect(server.pid != first)
  }

  @Test("halted it is silent, then answers what was asked meanwhile; it can be stopped halted")
  func halted() throws {
    let server = try RedisServer()
    let (patient, hasty) = (
      try server.connect(), try server.connect(timeout: .milliseconds(20))
    )
    try server.kill(SIGSTOP)
    #expect(throws: ClientError.timedOut) { try hasty.send("PING") }
    try patient.write(Array("PING\r\n".utf8))
    try server.kill(SIGCONT)
    #expect(try patient.reply() == .status("PONG"))
    try server.kill(SIGSTOP)
    try server.stop()
    #expect(throws: ClientError.closed) { try patient.send("PING") }
  }

  @Test("process and directory go with the object")
  func endsWithObject() throws {
    var server: RedisServer? = try RedisServer(["--appendonly", "yes"])
    let path = try #require(server?.directory.path)
    let pid = try #require(server?.pid)
    server = nil
    #expect(kill(pid, 0) == -1 && errno == ESRCH)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a server that cannot start says why")
  func cannotStart() {
    let failure = #expect(throws: TestFailure.self) { try RedisServer(["--no-such-option", "1"]) }
    #expect(failure?.description.contains("no-such-option") == true)
  }
}
