import Foundation
import TestSupport
import Testing

@testable import Relay

@Suite("usher-relay in trouble", .tags(.acceptance), .selected)
struct RelayTroubleTests {
  /// What a relay says that cannot deliver: one line, with what to do; and `/readyz` is 503.
  private func advice(_ relay: RelayProcess) throws -> String {
    try eventually("it says what is wrong", within: .seconds(30)) {
      relay.log.contains { $0.contains("takes no deliveries") }
    }
    let readiness = try relay.readiness()
    #expect(readiness.status == 503)
    #expect(readiness.text.contains("sink:"))
    let lines = relay.log.filter { $0.contains("takes no deliveries") }
    #expect(lines.count == 1)
    #expect(lines.allSatisfy { !$0.contains("secret") })
    return lines.first ?? ""
  }

  @Test("a wrong password, a wrong host, a missing database and a missing TLS say what to do")
  func connecting() throws {
    let fixture = try RelayFixture()
    let guarded = try PostgresServer(authentication: "scram-sha-256")
    try fixture.sell(1)
    let path = guarded.directory.path
    for (url, word) in [
      ("postgresql://usher:secreT@/usher?host=\(path)", "check user and password"),
      ("postgresql://usher:secret@/nothing?host=\(path)", "create the database"),
      ("postgresql://usher:secret@no-such-host.invalid/usher", "check the host name"),
      ("postgresql://usher:secret@127.0.0.1:1/usher", "check host and port"),
    ] {
      let relay = try RelayProcess(
        from: fixture.url, to: url, ["--sink-name", "s\(word.count)"], readyWithin: nil)
      #expect(try advice(relay).contains(word), "\(url)")
    }
    let relay = try RelayProcess(from: fixture.url, to: guarded.url)
    try eventually("with the right one it is delivered") {
      try guarded.number("SELECT count(*) FROM usher_sales") == 1
    }
    try relay.kill(SIGTERM)
  }

  @Test("TLS that the server does not speak is refused, with what to do")
  func encryption() throws {
    let fixture = try RelayFixture()
    try fixture.sell(1)
    let port = "\(try LocalAddress.freePort())".split(separator: ":").last.map(String.init) ?? ""
    let plain = try PostgresServer(["-c", "listen_addresses=127.0.0.1"], port: port)
    let url = "postgresql://usher:secret@127.0.0.1:\(port)/usher?sslmode=require"
    let relay = try RelayProcess(from: fixture.url, to: url, readyWithin: nil)
    #expect(try advice(relay).contains("sslmode"))
    #expect(plain.pid > 0)
  }

  @Test("without the tables it says how to make them, and goes on once they are there")
  func tables() throws {
    let fixture = try RelayFixture()
    try fixture.sell(10)
    let empty = try PostgresServer(withTables: false)
    let relay = try RelayProcess(from: fixture.url, to: empty.url, readyWithin: nil)
    #expect(try advice(relay).contains("usher-relay schema"))
    try empty.query(try RelayProcess.run(["schema"]).output)
    try eventually("they are delivered", within: .seconds(20)) {
      try empty.number("SELECT count(*) FROM usher_sales") == 10
    }
    #expect(try relay.readiness().status == 200)
  }

  @Test("what it cannot be is refused at the start, in one line")
  func refusals() throws {
    for (arguments, word) in [
      (["serve"], "--redis-url is missing"),
      (["serve", "--redis-url", "redis://h"], "--to is missing"),
      (["serve", "--redis-url", "redis://h", "--to", "mysql://u:topsecret@h/d"], "--to"),
      (
        ["serve", "--redis-url", "redis://h", "--to", "postgresql://h/d", "--sales", "off"],
        "nothing"
      ),
      (
        ["serve", "--redis-url", "redis://h", "--to", "postgresql://h/d", "--name", "a b"], "--name"
      ),
      (["dead-letters"], "--to is missing"), (["deliver"], "is no command"),
    ] {
      let result = try RelayProcess.run(arguments)
      #expect(result.status == 2, "\(arguments)")
      #expect(result.errors.split(separator: "\n").count == 1 && result.errors.contains(word))
      #expect(!result.errors.contains("topsecret"))
    }
  }
}
