import Foundation
import TestSupport

/// A Redis with sales in it, a PostgreSQL, and relays between them.
final class RelayFixture {
  let redis: RedisServer
  let postgres: PostgresServer
  /// Tests write what usher's scripts write.
  private(set) var connection: RedisConnection
  private(set) var sold = 0

  init(redis: [String] = [], postgres: [String] = []) throws {
    self.redis = try RedisServer(redis)
    self.postgres = try PostgresServer(postgres)
    connection = try self.redis.connect(timeout: .seconds(30))
  }

  /// Talks to a server that was started again.
  func reconnect() throws { connection = try redis.connect(timeout: .seconds(30)) }

  var url: String {
    guard case .unix(let path) = redis.socket else { return "" }
    return "unix:\(path)"
  }

  func relay(_ flags: [String] = [], readyWithin limit: Duration? = .seconds(30)) throws
    -> RelayProcess
  {
    try RelayProcess(from: url, to: postgres.url, flags, readyWithin: limit)
  }

  /// Sells so many, one number after the other.
  func sell(_ count: Int, at event: String = "show", epoch: String = "1") throws {
    try connection.send("ZADD", "seat:events", "1", event)
    for start in stride(from: 0, to: count, by: 1000) {
      let replies = try connection.send(
        pipeline: (start..<min(count, start + 1000)).map { number in
          [
            "XADD", "stream:stock:{\(event)}", "*", "epoch", epoch, "op", "take", "item", "coupon",
            "user", "p\(sold + number)", "number", "\(sold + number)",
          ]
        })
      if let reply = replies.first(where: { $0.text == nil }) { throw TestFailure("\(reply)") }
    }
    sold += count
  }

  var delivered: Int {
    get throws { try postgres.number("SELECT count(*) FROM usher_sales") }
  }

  func awaitDelivery(of count: Int, within limit: Duration = .seconds(60)) throws {
    try eventually("\(count) are delivered", within: limit) {
      usleep(50_000)
      return try delivered == count
    }
  }

  /// Whether each sale is there once, and in the order of the stream; the primary key sees to no id twice.
  func isInOrder(at event: String = "show") throws -> Bool {
    try postgres.number(
      """
      SELECT count(*) FROM (
        SELECT number, lag(number) OVER (ORDER BY delivery) AS before FROM usher_sales
        WHERE event_id = '\(event)'
      ) AS s WHERE number <> before + 1
      """) == 0
  }
}
