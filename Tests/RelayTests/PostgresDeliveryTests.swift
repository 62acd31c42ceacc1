import Foundation
import TestSupport
import Testing

@testable import Relay

@Suite("usher-relay to PostgreSQL", .tags(.acceptance), .selected)
struct PostgresDeliveryTests {
  @Test("takes and confirmed holds become rows, with all that is known of them")
  func rows() throws {
    let fixture = try RelayFixture()
    let (redis, stream) = (fixture.connection, "stream:stock:{show}")
    try redis.send("ZADD", "seat:events", "1", "show")
    try redis.send(
      "XADD", stream, "1700000000123-0", "epoch", "0", "op", "take", "item", "coupon", "user",
      "ann",
      "number", "1")
    try redis.send(
      "XADD", stream, "1700000000123-1", "epoch", "17", "op", "confirm", "user",
      "b\"o\\b, {ü} NULL",
      "hold", "1800000000000000", "seats", "A-1 A-2")
    // As version 0.1 wrote them.
    try redis.send(
      "XADD", stream, "1700000000124-0", "item", "coupon", "user", "cyd", "number", "2")
    let relay = try fixture.relay()
    try fixture.awaitDelivery(of: 3)
    let rows = try fixture.postgres.query(
      """
      SELECT epoch, event_id, entry_id, extract(epoch FROM sold_at), op, user_id, item, number, hold,
        seats FROM usher_sales ORDER BY delivery
      """)
    #expect(
      rows == [
        "0|show|1700000000123-0|1700000000.123000|take|ann|coupon|1||",
        "17|show|1700000000123-1|1700000000.123000|confirm|b\"o\\b, {ü} NULL|||1800000000000000|{A-1,A-2}",
        "0|show|1700000000124-0|1700000000.124000|take|cyd|coupon|2||",
      ])
    try eventually("the metrics say so") {
      try relay.metric("usher_relay_delivered_total{sink=\"postgresql\"}") == 3
        && relay.metric("usher_relay_lag_seconds{event=\"show\",sink=\"postgresql\"}") == 0
    }
    #expect(try relay.metric("usher_relay_streams_held") == 1)
    #expect(try relay.metric("usher_relay_pool_connections") >= 1)
    try relay.kill(SIGTERM)
    #expect(
      try redis.send("HGET", "queue:relay:{show}", "postgresql:sales").text?.hasSuffix(" - 1 0")
        == true)
  }

  /// `USHER_GOLDEN=write swift test --filter PostgresDeliveryTests` puts the present page on record.
  @Test("/metrics is the page on record, but for the values")
  func golden() throws {
    let fixture = try RelayFixture()
    try fixture.sell(1)
    let relay = try fixture.relay()
    try fixture.awaitDelivery(of: 1)
    let page = try HTTPClient(relay.adminAddress).get("/metrics").text
    let form = page.split(separator: "\n").map { line in
      let name = line.prefix { $0 != "{" && $0 != " " }
      // What differs from machine to machine and from build to build.
      if line.hasPrefix("#") { return String(line) }
      if name == "usher_relay_build_info" { return String(name) }
      return String(line[..<(line.lastIndex(of: " ") ?? line.endIndex)])
    }
    let path = Repository.path(of: "Tests/RelayTests/Golden/metrics.txt")
    if ProcessInfo.processInfo.environment["USHER_GOLDEN"] == "write" {
      try form.map { "\($0)\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }
    let record = try String(contentsOfFile: path, encoding: .utf8)
    #expect(form == record.split(separator: "\n").map(String.init))
  }

  @Test("changes of people's states are delivered if that is asked for")
  func people() throws {
    let fixture = try RelayFixture()
    try fixture.connection.send("ZADD", "queue:events", "1", "show")
    try fixture.connection.send(
      "XADD", "stream:event:{show}", "5-1", "epoch", "7", "op", "join", "user", "ann", "ticket", "9"
    )
    let relay = try fixture.relay(["--people", "on", "--sales", "off"])
    try eventually("it is there") {
      try fixture.postgres.query("SELECT epoch, op, user_id, fields->>'ticket' FROM usher_people")
        == ["7|join|ann|9"]
    }
    #expect(try relay.readiness().status == 200)
  }

  @Test("a thousand sales an event of many events all arrive, each event's in order")
  func manyEvents() throws {
    let fixture = try RelayFixture()
    for event in 0..<10 { try fixture.sell(1000, at: "e\(event)") }
    let relay = try fixture.relay()
    try fixture.awaitDelivery(of: 10_000)
    for event in 0..<10 { #expect(try fixture.isInOrder(at: "e\(event)")) }
    try relay.kill(SIGTERM)
  }

  @Test("what every sink has leaves the stream, and what one lacks stays")
  func trimming() throws {
    let fixture = try RelayFixture()
    try fixture.sell(1000)
    // Another sink is known, and has nothing yet.
    try fixture.connection.send("HSET", "queue:relay:{show}", "kafka:sales", "- - - 0 0")
    let relay = try fixture.relay()
    try fixture.awaitDelivery(of: 1000)
    try eventually("the lease knows how far it has come") {
      try fixture.connection.send("HGET", "queue:relay:{show}", "postgresql:sales").text?
        .hasPrefix("1 ") == true
    }
    #expect(try fixture.connection.send("XLEN", "stream:stock:{show}").integer == 1000)
    try fixture.connection.send("HDEL", "queue:relay:{show}", "kafka:sales")
    try eventually("it is trimmed, but for the last of them") {
      let left = try fixture.connection.send("XLEN", "stream:stock:{show}").integer ?? 0
      return (1...200).contains(left)
    }
    try fixture.sell(500)
    try fixture.awaitDelivery(of: 1500)
    #expect(try fixture.isInOrder())
    try relay.kill(SIGTERM)
  }

  @Test(
    "an entry that PostgreSQL refuses is a dead letter, the rest goes on, and retry delivers it")
  func poison() throws {
    let fixture = try RelayFixture()
    try fixture.postgres.query(
      "ALTER TABLE usher_sales ADD CONSTRAINT no_p137 CHECK (user_id <> 'p137')")
    try fixture.sell(1000)
    try fixture.connection.send("XADD", "stream:stock:{show}", "*", "op", "take", "user", "a\0b")
    let relay = try fixture.relay()
    try fixture.awaitDelivery(of: 999)
    let list = try RelayProcess.run(["dead-letters", "list", "--to", fixture.postgres.url]).output
    #expect(list.contains("refused") && list.contains("no_p137") && list.contains("p137"))
    #expect(list.contains("malformed"))
    #expect(
      try relay.metric("usher_relay_dead_letters_total{sink=\"postgresql\",reason=\"refused\"}")
        == 1)
    #expect(
      try relay.metric("usher_relay_dead_letters_total{sink=\"postgresql\",reason=\"malformed\"}")
        == 1)
    #expect(try relay.readiness().status == 200)

    let retry = ["dead-letters", "retry", "--to", fixture.postgres.url]
    let still = try RelayProcess.run(retry)
    #expect(still.status == 1 && still.output.contains("no_p137"))
    try fixture.postgres.query("ALTER TABLE usher_sales DROP CONSTRAINT no_p137")
    _ = try RelayProcess.run(retry)
    #expect(try fixture.postgres.number("SELECT count(*) FROM usher_sales WHERE number = 137") == 1)
    #expect(
      try fixture.postgres.number(
        "SELECT count(*) FROM usher_dead_letters WHERE reason = 'refused'") == 0)
  }
}
