import TestSupport
import Testing

@Suite("LocalAddress")
struct LocalAddressTests {
  @Test("free ports are given once each, also to threads that ask together")
  func freePorts() throws {
    let ports = try parallel(8) { _ in try (0..<10).map { _ in try LocalAddress.freePort() } }
    #expect(Set(ports.joined()).count == 80)
  }

  @Test("a port with a listener is not free")
  func taken() throws {
    let server = try RedisServer(tcp: true)
    let tcp = try #require(server.tcp)
    #expect(throws: TestFailure.self) {
      try RedisServer(["--port", "\(tcp)".split(separator: ":").map(String.init)[1]])
    }
  }

  @Test("addresses are written as usher's settings are")
  func description() {
    #expect("\(LocalAddress.tcp(port: 80))" == "127.0.0.1:80")
    #expect("\(LocalAddress.unix(path: "/a b"))" == "unix:/a b")
  }
}
