import Loop
import Testing

@testable import Redis

@Suite struct RedisURLTests {
  private func tcp(_ host: String, _ port: UInt16 = 6379) -> SocketAddress {
    .tcp(host: host, port: port)
  }

  @Test("hosts, ports and databases")
  func network() throws {
    let forms: [(String, SocketAddress, Int)] = [
      ("redis://redis", tcp("redis"), 0),
      ("redis://redis/", tcp("redis"), 0),
      ("redis://10.0.0.1:7000/3", tcp("10.0.0.1", 7000), 3),
      ("redis://[::1]", tcp("::1"), 0),
      ("redis://[fe80::1%25eth0]:7000/1", tcp("fe80::1%25eth0", 7000), 1),
      ("REDIS://cache.example.com:65535", tcp("cache.example.com", 65535), 0),
    ]
    for (url, address, database) in forms {
      #expect(try Endpoint(url: url) == Endpoint(address: address, database: database))
    }
  }

  @Test("the same over TLS")
  func secured() throws {
    let forms = ["redis://redis", "redis://usher:p%40ss@[::1]:7000/3"]
    for url in forms {
      var endpoint = try Endpoint(url: url)
      endpoint.tls = TLSContext()
      #expect(try Endpoint(url: "rediss" + url.dropFirst(5)) == endpoint)
    }
    #expect(throws: RedisURLError.badHostOrPort) { try Endpoint(url: "rediss://") }
  }

  @Test("users and passwords, percent-encoded")
  func credentials() throws {
    let forms: [(String, String?, String)] = [
      ("redis://:secret@h", nil, "secret"),
      ("redis://usher:secret@h", "usher", "secret"),
      ("redis://usher:@h", "usher", ""),
      ("redis://us%3Aher:p%40ss%2Fw%25rd@h", "us:her", "p@ss/w%rd"),
      ("redis://:a@b:c@h", nil, "a@b:c"),
      ("redis://:%EB%8C%80%ea%b8%b0@h", nil, "대기"),
    ]
    for (url, user, password) in forms {
      let credentials = Credentials(user: user, password: password)
      #expect(try Endpoint(url: url) == Endpoint(address: tcp("h"), credentials: credentials))
    }
  }

  @Test("Unix sockets, with and without credentials")
  func unix() throws {
    let path = SocketAddress.unix(path: "/run/redis.sock")
    #expect(try Endpoint(url: "unix:/run/redis.sock") == Endpoint(address: path))
    #expect(try Endpoint(url: "unix:///run/redis.sock") == Endpoint(address: path))
    #expect(try Endpoint(url: "unix:/run/redis.sock?db=5") == Endpoint(address: path, database: 5))
    let credentials = Credentials(user: "usher", password: "s/t")
    #expect(
      try Endpoint(url: "unix://usher:s%2Ft@/run/redis.sock?db=5")
        == Endpoint(address: path, credentials: credentials, database: 5))
    #expect(
      try Endpoint(url: "unix:/a%3Fb") == Endpoint(address: .unix(path: "/a?b")))
  }

  @Test(
    "what is wrong has a name",
    arguments: [
      ("", RedisURLError.unknownScheme),
      ("localhost:6379", .unknownScheme),
      ("http://redis", .unknownScheme),
      ("redis:redis", .unknownScheme),
      ("redis://", .badHostOrPort),
      ("redis://:6379", .badHostOrPort),
      ("redis://redis:", .badHostOrPort),
      ("redis://redis:0", .badHostOrPort),
      ("redis://redis:65536", .badHostOrPort),
      ("redis://redis:port", .badHostOrPort),
      ("redis://::1", .badHostOrPort),
      ("redis://two hosts", .badHostOrPort),
      ("redis://h1,h2", .badHostOrPort),
      ("redis://redis/one", .badDatabase),
      ("redis://redis/-1", .badDatabase),
      ("redis://redis/+1", .badDatabase),
      ("redis://redis/0/", .badDatabase),
      ("redis://redis/99999999999999999999", .badDatabase),
      ("redis://usher@redis", .noPassword),
      ("redis://:%zz@redis", .badCredentials),
      ("redis://:%4@redis", .badCredentials),
      ("redis://:%FF@redis", .badCredentials),
      ("redis://redis?db=1", .unknownParameter),
      ("redis://redis#1", .fragment),
      ("unix:", .badPath),
      ("unix:relative", .badPath),
      ("unix://host/path", .badPath),
      ("unix:/a%00b", .badPath),
      ("unix:/" + String(repeating: "x", count: 107), .badPath),
      ("unix:/path?db=x", .badDatabase),
      ("unix:/path?db=", .badDatabase),
      ("unix:/path?timeout=1", .unknownParameter),
      ("unix:/path?db=1&x=2", .badDatabase),
    ])
  func errors(url: String, error: RedisURLError) {
    #expect(throws: error) { try Endpoint(url: url) }
  }

  @Test("no error and no description shows a password")
  func secrecy() throws {
    let endpoint = try Endpoint(url: "redis://usher:hunter2@redis/1")
    var dumped = ""
    dump(endpoint, to: &dumped)
    let shown = "\(endpoint) \(endpoint.credentials.map { "\($0)" } ?? "") \(dumped)"
    #expect(!shown.contains("hunter2"))
    #expect("\(endpoint)" == "redis:6379 database 1")
    // A password with characters that should have been encoded can end up anywhere in the URL.
    for url in ["redis://:hun/ter2@redis", "redis://:hun?ter2@redis", "redis://hunter2@redis"] {
      let error = #expect(throws: RedisURLError.self) { try Endpoint(url: url) }
      #expect(error.map { "\($0)".contains("hun") || "\($0)".contains("ter2") } == false)
    }
  }
}
