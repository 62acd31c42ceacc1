import Foundation
import TestSupport
import Testing

@Suite("RedisSentinels", .tags(.fault), .selected)
struct SentinelsFaults {
  @Test("the replica takes the place of a master that dies", arguments: [nil, "a password"])
  func failover(password: String?) throws {
    let sentinels = try RedisSentinels(password: password)
    #expect(sentinels.url.hasSuffix("/line"))
    let master = try #require(try sentinels.master())
    #expect(master === sentinels.servers[0])
    try master.kill(SIGKILL)
    try eventually("the other is the master", within: .seconds(20)) {
      try sentinels.master() === sentinels.servers[1]
    }
    // A sentinel that gives a server another part closes its clients' connections.
    try eventually("it takes commands") {
      (try? sentinels.servers[1].send("SET", "a", "1")) == .status("OK")
    }
    // Which of the two is the master from here on is up to the sentinels: one that comes back empty
    // is now and then made the master again.
    try master.restart()
    try sentinels.awaitWhole()
  }
}
