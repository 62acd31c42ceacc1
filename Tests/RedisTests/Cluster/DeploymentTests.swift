import Loop
import Testing

@testable import Redis

@Suite struct DeploymentTests {
  private func tcp(_ host: String, _ port: UInt16) -> SocketAddress { .tcp(host: host, port: port) }

  @Test("one server is what its URL says, and stays it")
  func single() throws {
    let deployment = try Deployment(url: "redis://usher:secret@redis:7000/3")
    #expect(deployment.kind == .single)
    #expect(deployment.endpoint == (try Endpoint(url: "redis://usher:secret@redis:7000/3")))
    #expect(deployment.fixedTopology == Topology(single: tcp("redis", 7000)))
    #expect("\(deployment)" == "redis:7000 database 3")
  }

  @Test("a cluster is named by some of its nodes")
  func cluster() throws {
    let forms: [(String, [SocketAddress])] = [
      ("redis+cluster://a:7000,b:7001", [tcp("a", 7000), tcp("b", 7001)]),
      ("redis+cluster://a", [tcp("a", 6379)]),
      ("redis+cluster://a/", [tcp("a", 6379)]),
      ("redis+cluster://a/0", [tcp("a", 6379)]),
      ("redis+cluster://[::1]:7000,[::1]", [tcp("::1", 7000), tcp("::1", 6379)]),
      ("REDIS+CLUSTER://a,a,b", [tcp("a", 6379), tcp("b", 6379)]),
    ]
    for (url, addresses) in forms {
      let deployment = try Deployment(url: url)
      #expect(deployment == Deployment(.cluster, addresses, nil))
      #expect(deployment.fixedTopology == nil)
    }
    let secured = try Deployment(url: "rediss+cluster://usher:p%40ss@a,b:7001")
    #expect(secured.tls != nil)
    #expect(secured.credentials == Credentials(user: "usher", password: "p@ss"))
    #expect("\(secured)" == "the cluster of a:6379,b:7001")
  }

  @Test("sentinels are named with the name of their master")
  func sentinels() throws {
    let addresses = [tcp("s1", 26379), tcp("s2", 5000)]
    let forms: [(String, Deployment)] = [
      ("redis+sentinel://s1,s2:5000/shop", Deployment(.sentinel(master: "shop"), addresses, nil)),
      (
        "redis+sentinel://:secret@s1,s2:5000/my%20shop/2",
        Deployment(
          .sentinel(master: "my shop"), addresses, Credentials(password: "secret"), database: 2)
      ),
    ]
    for (url, deployment) in forms { #expect(try Deployment(url: url) == deployment) }
    #expect(try Deployment(url: "rediss+sentinel://s/shop").tls != nil)
    #expect(
      "\(forms[1].1)" == "the master my shop of the sentinels s1:26379,s2:5000, database 2")
  }

  @Test(
    "what is wrong has a name",
    arguments: [
      ("redis+cluster://", RedisURLError.badHostOrPort),
      ("redis+cluster://a,", .badHostOrPort),
      ("redis+cluster://,a", .badHostOrPort),
      ("redis+cluster://a:7000,b:port", .badHostOrPort),
      ("redis+cluster://a b", .badHostOrPort),
      ("redis+cluster://a/1", .databaseOfCluster),
      ("redis+cluster://a/x", .databaseOfCluster),
      ("redis+cluster://usher@a", .noPassword),
      ("redis+cluster://:%zz@a", .badCredentials),
      ("redis+cluster://a?x=1", .unknownParameter),
      ("redis+cluster://a#x", .fragment),
      ("redis+sentinel://a,b", .noMasterName),
      ("redis+sentinel://a,b/", .noMasterName),
      ("redis+sentinel://a//0", .noMasterName),
      ("redis+sentinel://a/%zz", .noMasterName),
      ("redis+sentinel://a/shop/x", .badDatabase),
      ("redis+sentinel://a/shop/0/0", .noMasterName),
      ("redis+sentinel:///shop", .badHostOrPort),
      ("redis+other://a", .unknownScheme),
      ("redis+cluster:a", .unknownScheme),
    ])
  func errors(url: String, error: RedisURLError) {
    #expect(throws: error) { try Deployment(url: url) }
  }

  @Test("no error and no description shows a password")
  func secrecy() throws {
    let deployment = try Deployment(url: "redis+cluster://usher:hunter2@a,b")
    var dumped = ""
    dump(deployment, to: &dumped)
    #expect(!"\(deployment) \(dumped)".contains("hunter2"))
    for url in ["redis+cluster://:hun/ter2@a", "redis+sentinel://hunter2@a/shop"] {
      let error = #expect(throws: RedisURLError.self) { try Deployment(url: url) }
      #expect(error.map { "\($0)".contains("hun") || "\($0)".contains("ter2") } == false)
    }
  }
}
