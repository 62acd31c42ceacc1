import Testing

@testable import Loop

@Suite("SocketAddress")
struct SocketAddressTests {
  @Test(
    "addresses that people write are understood, and written back the same",
    arguments: [
      ("localhost:8080", .tcp(host: "localhost", port: 8080)),
      ("127.0.0.1:0", .tcp(host: "127.0.0.1", port: 0)),
      ("0.0.0.0:65535", .tcp(host: "0.0.0.0", port: 65535)),
      ("redis-0.redis.shop.svc:6379", .tcp(host: "redis-0.redis.shop.svc", port: 6379)),
      ("my_host:80", .tcp(host: "my_host", port: 80)),
      ("[::1]:6379", .tcp(host: "::1", port: 6379)),
      ("[::]:9090", .tcp(host: "::", port: 9090)),
      ("[fe80::1%eth0]:9090", .tcp(host: "fe80::1%eth0", port: 9090)),
      ("unix:/run/usher/http.sock", .unix(path: "/run/usher/http.sock")),
      ("unix:/a path:with:colons", .unix(path: "/a path:with:colons")),
      ("unix:relative.sock", .unix(path: "relative.sock")),
    ] as [(String, SocketAddress)])
  func understood(text: String, address: SocketAddress) {
    #expect(SocketAddress(text) == address)
    #expect(address.description == text)
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", ":", "localhost", "localhost:", ":8080", "8080", "[]:80", "[::1]", "[::1]80", "::1:80",
      // To the resolver it is loopback, to the person who writes it every address.
      "*:80", "[*]:80",
      "localhost:65536", "localhost:-1", "localhost:-0", "a/b:80", "localhost:+80",
      "localhost:http", "localhost: 80",
      "localhost:8 0", "localhost:0x50", "localhost:٣", "[::1:80", "::1]:80", "[localhost:80",
      "localhost]:80", "[localhost]:80", "[[::1]]:80", " localhost:80", "local host:80", "a\0b:80",
      "a\tb:80", "http://localhost:80", "unix:", "unix:/a\0b", "unix:\0abstract",
    ])
  func refused(text: String) {
    #expect(SocketAddress(text) == nil)
  }

  @Test("a Unix path may have 107 bytes and no more")
  func longestPath() throws {
    let longest = "/" + String(repeating: "é", count: 53)
    #expect(longest.utf8.count == 107)
    let address = try #require(SocketAddress("unix:\(longest)"))
    #expect(address == .unix(path: longest))
    #expect(ResolvedAddress(literal: address)?.unixPath == longest)

    #expect(SocketAddress("unix:\(longest)x") == nil)
    #expect(ResolvedAddress(literal: .unix(path: longest + "x")) == nil)
  }

  @Test("names are no literals, and a literal needs no look-up")
  func literals() throws {
    #expect(ResolvedAddress(literal: .tcp(host: "localhost", port: 80)) == nil)
    #expect(try ResolvedAddress.lookUp(.tcp(host: "127.0.0.1", port: 80)).count == 1)
    #expect(try ResolvedAddress.lookUp(.unix(path: "/tmp/x")).first?.unixPath == "/tmp/x")
  }

  @Test("a Unix path that is too long cannot be looked up either")
  func tooLongToLookUp() {
    #expect(throws: ResolveError.self) {
      try ResolvedAddress.lookUp(.unix(path: "/" + String(repeating: "x", count: 107)))
    }
  }
}
