import Foundation
import TestSupport
import Testing

@testable import Relay

@Suite("usher-relay through faults", .tags(.acceptance, .fault), .serialized, .selected)
struct RelayFaults {
  /// Waits until a statement of a relay is under way that `condition` of `pg_stat_activity` names.
  private func awaitWrite(_ postgres: PostgresServer) throws {
    try eventually("a write is under way", within: .seconds(30)) {
      try postgres.number(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'usher-relay' AND state = 'active' AND query LIKE '%usher_sales%'
        """) > 0
    }
  }

  @Test("killed again and again, the relay delivers each sale once, in order")
  func kills() throws {
    let (sales, kills) = Selection.amount(normal: (20_000, 8), long: (100_000, 50))
    let fixture = try RelayFixture()
    for kill in 0..<kills {
      let relay = try fixture.relay(["--batch", "100"])
      try fixture.sell(sales / kills)
      try eventually("it is in the middle of it") { try fixture.delivered > sales / kills * kill }
      try relay.kill(SIGKILL)
    }
    fixture.addRest(of: sales)
    let relay = try fixture.relay()
    try fixture.awaitDelivery(of: fixture.sold)
    #expect(try fixture.isInOrder())
    #expect(
      try relay.metric("usher_relay_dead_letters_total{sink=\"postgresql\",reason=\"refused\"}")
        == 0)
  }

  @Test("killed between COMMIT and its acknowledgement, it writes nothing twice")
  func commitUnheard() throws {
    let kills = Selection.amount(normal: 3, long: 20)
    let fixture = try RelayFixture()
    // The server goes on with a statement whose client is gone, and commits it.
    try fixture.postgres.query(
      """
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';
      CREATE TRIGGER slowly AFTER INSERT ON usher_sales FOR EACH STATEMENT EXECUTE FUNCTION slowly()
      """)
    for kill in 1...kills {
      try fixture.sell(100)
      let relay = try fixture.relay(readyWithin: nil)
      try awaitWrite(fixture.postgres)
      try relay.kill(SIGKILL)
      try fixture.awaitDelivery(of: 100 * kill)
    }
    let relay = try fixture.relay()
    try fixture.sell(1)
    try fixture.awaitDelivery(of: 100 * kills + 1)
    #expect(try fixture.isInOrder())
    #expect(try relay.metric("usher_relay_delivered_total{sink=\"postgresql\"}") == 1)
  }

  @Test("PostgreSQL is killed again and again: nothing is lost and nothing is there twice")
  func postgresKills() throws {
    let kills = Selection.amount(normal: 3, long: 10)
    let fixture = try RelayFixture()
    let relay = try fixture.relay(["--batch", "100"])
    for _ in 0..<kills {
      let before = try fixture.delivered
      try fixture.sell(5000)
      try eventually("it is in the middle of it") { try fixture.delivered > before }
      try fixture.postgres.kill()
      try fixture.postgres.start()
    }
    try fixture.awaitDelivery(of: fixture.sold)
    #expect(try fixture.isInOrder())
    #expect(relay.log.contains { $0.contains("takes no deliveries") })
    #expect(relay.log.contains { $0.contains("takes deliveries again") })
    try eventually("it is ready again") { try relay.readiness().status == 200 }
  }

  @Test("Redis comes back as it was before: nothing twice, nothing left out")
  func rollback() throws {
    let fixture = try RelayFixture(redis: ["--dbfilename", "dump.rdb"])
    let relay = try fixture.relay()
    try fixture.sell(1000)
    try fixture.awaitDelivery(of: 1000)
    try fixture.connection.send("SAVE")
    // These are sold and delivered, and Redis forgets them.
    try fixture.sell(500)
    try fixture.awaitDelivery(of: 1500)
    try fixture.redis.kill(SIGKILL)
    try fixture.redis.restart()
    try fixture.reconnect()
    #expect(try fixture.connection.send("XLEN", "stream:stock:{show}").integer ?? 0 <= 1000)
    // Before the loss is noticed, and after.
    try fixture.sell(300)
    try fixture.sell(700, epoch: "2")
    try fixture.awaitDelivery(of: 2500)
    #expect(try fixture.isInOrder())
    #expect(
      try fixture.postgres.number("SELECT count(*) FROM usher_sales WHERE epoch = '2'") == 700)
    #expect(try relay.readiness().status == 200)
  }

  @Test(
    "of two relays one is frozen in the middle: the other goes on within 10 s, and nothing is twice"
  )
  func frozen() throws {
    let fixture = try RelayFixture()
    let first = try fixture.relay(["--batch", "50"])
    try fixture.sell(100)
    try fixture.awaitDelivery(of: 100)
    let second = try fixture.relay(["--batch", "50"])
    try fixture.sell(5000)
    try eventually("it is in the middle of it") { try fixture.delivered > 200 }
    try first.kill(SIGSTOP)
    let frozenAt = ContinuousClock.now
    try fixture.sell(1000)
    try eventually("the other goes on", within: .seconds(10)) {
      try second.metric("usher_relay_streams_held") == 1
    }
    #expect(ContinuousClock.now - frozenAt < .seconds(10))
    try fixture.awaitDelivery(of: 6100)
    let seconds = Selection.amount(normal: 0, long: 60)
    sleep(UInt32(seconds))
    try first.kill(SIGCONT)
    try fixture.sell(1000)
    try fixture.awaitDelivery(of: 7100)
    try eventually("one of them delivers it") {
      try first.metric("usher_relay_streams_held") + second.metric("usher_relay_streams_held") == 1
    }
    #expect(try fixture.isInOrder())
  }

  @Test("a relay that ends gives its streams back at once")
  func handover() throws {
    let fixture = try RelayFixture()
    try fixture.sell(10)
    let first = try fixture.relay()
    try fixture.awaitDelivery(of: 10)
    let second = try fixture.relay()
    try first.kill(SIGTERM)
    try fixture.sell(10)
    try fixture.awaitDelivery(of: 20, within: .seconds(10))
    #expect(try second.metric("usher_relay_delivered_total{sink=\"postgresql\"}") == 10)
  }
}

extension RelayFixture {
  /// Sells what is missing of so many.
  fileprivate func addRest(of sales: Int) {
    try? sell(sales - sold)
  }
}
