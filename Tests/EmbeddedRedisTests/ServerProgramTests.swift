import Glibc
import TestSupport
import Testing

@testable import EmbeddedRedis

@Suite("ServerProgram")
struct ServerProgramTests {
  private let temporary: TemporaryDirectory

  init() throws {
    temporary = try TemporaryDirectory()
  }

  private func install(_ name: String, mode: mode_t = 0o700) throws {
    chmod(try temporary.makeFile(name), mode)
  }

  @Test("with setpriv the server is told to end when we do")
  func setpriv() throws {
    try install("redis-server")
    try install("setpriv")
    let program = try #require(ServerProgram(searchPath: "/nowhere:\(temporary.path)"))
    #expect(program.diesWithParent)
    #expect(program.path == "\(temporary.path)/setpriv")
    #expect(
      program.arguments(directory: "/data").prefix(3)
        == ["--pdeathsig", "TERM", "\(temporary.path)/redis-server"])
  }

  @Test("without setpriv the server is started as it is")
  func noSetpriv() throws {
    try install("redis-server")
    let program = try #require(ServerProgram(searchPath: temporary.path))
    #expect(!program.diesWithParent)
    #expect(program.path == "\(temporary.path)/redis-server")
    #expect(program.arguments(directory: "/data").first == "--port")
  }

  @Test("a file that may not be run is no program, and without a server there is none")
  func none() throws {
    #expect(ServerProgram(searchPath: "") == nil)
    try install("setpriv")
    #expect(ServerProgram(searchPath: temporary.path) == nil)
    try install("redis-server", mode: 0o600)
    #expect(ServerProgram(searchPath: temporary.path) == nil)
  }
}
