import Loop
import Queue
import Redis

/// How the seats and the stock of an event stand, as the back office finds them.
package struct SaleSnapshot: Equatable, Sendable {
  /// Its seats.
  package let counts: SeatCounts
  /// By how many seats inventory, map and holds disagree: 0, unless somebody else wrote there.
  package let inconsistent: Int
  /// How many of each item are left.
  package let stock: [String: Int]
}

/// What the back office does for seats: it finds the events that have any, ends the holds that are
/// over where nobody asks, checks that the counts agree, and measures.
///
/// Confined to its loop's thread, completions included.
package final class Steward {
  /// Called with how many holds were over, and ended.
  package var holdsEnded: ((Int) -> Void)?

  /// How many batches of 200 a sweep ends: what is left the next one does, and no answer keeps it busy
  /// for ever.
  private static let roundLimit = 100

  private let redis: any RedisClient
  private let scripts: SeatScripts
  private let settings: SeatSettings
  /// When each event was last put into the registry, ms.
  private var registered: [EventID: Int64] = [:]

  /// Works through `redis`.
  package init(
    redis: any RedisClient, settings: SeatSettings, scripts: SeatScripts = SeatScripts()
  ) {
    self.redis = redis
    self.settings = settings
    self.scripts = scripts
  }

  /// The events that have seats or stock, those of longest ago first: up to 65,535.
  package func events(_ completion: @escaping (Result<[EventID], RedisError>) -> Void) {
    let now = WallClock.milliseconds
    let lifetime = settings.eventTTL.microseconds / 1000
    let ended = ScoreRange(to: .excluding(now - lifetime))
    redis.send(.zremrangeByScore(EventKeys.sales, ended)) { _ in }
    let range = Command.zrangeByScore(
      EventKeys.sales, ScoreRange(), limit: .max, withScores: false)
    redis.send(range) { result in
      completion(
        result.map { reply in
          (0..<reply.count).compactMap { reply[$0].text.flatMap { EventID($0) } }
        })
    }
  }

  /// Names an event to all stewards for another `event-ttl`.
  package func register(
    _ event: EventID, _ completion: @escaping (Result<Void, RedisError>) -> Void
  ) {
    let now = WallClock.milliseconds
    registered[event] = now
    let member = ScoredMember(score: now, member: event.text)
    redis.send(.zadd(EventKeys.sales, [member], .always)) { completion($0.map { _ in }) }
  }

  /// Ends all holds of `event` that are over, in bounded batches, but at most 20,000, and tells how it
  /// stands; nil if it has neither seats nor stock any more.
  package func sweep(
    _ event: EventID, _ completion: @escaping (Result<SaleSnapshot?, RedisError>) -> Void
  ) {
    sweep(event, rounds: Self.roundLimit, completion)
  }

  private func sweep(
    _ event: EventID, rounds: Int,
    _ completion: @escaping (Result<SaleSnapshot?, RedisError>) -> Void
  ) {
    let keys = SaleKeys(event).sweep
    let arguments = [Argument.integer(settings.eventTTL.components.seconds)]
    redis.send(.evalsha(scripts.sweep, keys: keys, arguments: arguments)) { [self] result in
      switch result.flatMap({ Sweep.read($0) }) {
      case .failure(let error): completion(.failure(error))
      case .success(let sweep):
        if sweep.ended > 0 { holdsEnded?(sweep.ended) }
        if sweep.isMoreDue, rounds > 1 {
          return self.sweep(event, rounds: rounds - 1, completion)
        }
        note(event, isThere: sweep.snapshot != nil)
        completion(.success(sweep.snapshot))
      }
    }
  }

  /// Whoever waits in line keeps an event's seats alive, and so the registry must know of them, though
  /// nobody asks for seats.
  private func note(_ event: EventID, isThere: Bool) {
    guard isThere else {
      registered[event] = nil
      return
    }
    let lifetime = settings.eventTTL.microseconds / 1000
    if WallClock.milliseconds - (registered[event] ?? 0) > lifetime / 4 { register(event) { _ in } }
  }
}

@available(*, unavailable, message: "a Steward belongs to its loop's thread")
extension Steward: Sendable {}

/// What `sweep.lua` says.
private struct Sweep {
  var ended = 0
  var isMoreDue = false
  var snapshot: SaleSnapshot?

  static func read(_ reply: Reply) -> Result<Sweep, RedisError> {
    if reply.count == 3, reply[0].integer == 0 { return .success(Sweep()) }
    guard reply.count >= 8, let ended = reply[1].whole, let isMoreDue = reply[2].integer,
      let counts = SeatCounts(reply, from: 3), let inconsistent = reply[7].whole
    else { return .failure(.unexpectedReply("sweep")) }
    var stock: [String: Int] = [:]
    for index in stride(from: 8, to: reply.count - 1, by: 2) {
      if let item = reply[index].text, let left = reply[index + 1].amount {
        stock[item] = Int(left)
      }
    }
    return .success(
      Sweep(
        ended: Int(ended), isMoreDue: isMoreDue == 1,
        snapshot: SaleSnapshot(counts: counts, inconsistent: Int(inconsistent), stock: stock)))
  }
}
