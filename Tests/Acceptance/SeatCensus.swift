import TestSupport

/// How an event's seats stand, read from Redis in one step.
struct SeatCensus: Equatable {
  /// What the map says of each seat: who holds it or has bought it, and by which hold.
  let map: [String: String]
  let inventory: Int
  let holds: Set<String>
  let sold: Set<String>

  /// Asks, on a connection of the caller's.
  init(_ event: String, _ redis: RedisConnection) throws {
    let keys = ["seat:status", "inventory", "seat:holds", "seat:sold"].map { "\($0):{\(event)}" }
    let replies = try redis.send(pipeline: [
      ["MULTI"], ["HGETALL", keys[0]], ["GET", keys[1]], ["ZRANGE", keys[2], "0", "-1"],
      ["ZRANGE", keys[3], "0", "-1"], ["EXEC"],
    ])
    guard let parts = replies[5].elements, parts.count == 4 else {
      throw TestFailure("EXEC: \(replies[5])")
    }
    let pairs = parts[0].texts
    map = Dictionary(
      uniqueKeysWithValues: stride(from: 0, to: pairs.count, by: 2).map {
        (pairs[$0], pairs[$0 + 1])
      })
    inventory = Int(parts[1].integer ?? 0)
    holds = Set(parts[2].texts)
    sold = Set(parts[3].texts)
  }

  /// The seats of which the map says so.
  func seats(_ word: String) -> Set<String> {
    Set(map.filter { $0.value.prefix { $0 != " " } == word }.keys)
  }

  /// What does not agree; nil if everything does.
  func fault(of total: Int) -> String? {
    if map.count != total { return "\(map.count) seats instead of \(total)" }
    if inventory + holds.count + sold.count != total {
      return "\(inventory) available, \(holds.count) held, \(sold.count) sold of \(total)"
    }
    if seats("available").count != inventory { return "the inventory says \(inventory): \(map)" }
    if seats("held") != holds { return "held by the map: \(seats("held")), by time: \(holds)" }
    if seats("sold") != sold { return "sold by the map: \(seats("sold")), by sale: \(sold)" }
    return nil
  }
}
