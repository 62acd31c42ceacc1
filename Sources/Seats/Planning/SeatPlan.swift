import Loop
import Queue
import Redis

/// What came of putting a list of seats in place.
package enum SeatPlanOutcome: Equatable, Sendable {
  /// The event has these seats now, and no others.
  case done(SeatPlanReport)
  /// Somebody holds or has bought these, which the new list does not have. They stay.
  case inUse([String])
  /// Another list was begun meanwhile, and wins.
  case superseded
}

/// What a new list of seats has changed.
package struct SeatPlanReport: Equatable, Sendable {
  /// As they stand now.
  package var counts: SeatCounts
  /// Seats that were not there before.
  package var added: Int
  /// Seats that are there no longer.
  package var removed: Int
}

/// What came of saying how many of an item there are.
package enum SupplyOutcome: Equatable, Sendable {
  case done(total: Int, taken: Int)
  /// More have been taken than that.
  case belowTaken(Int)
  /// The event has as many items as it may.
  case tooManyItems
}

/// Puts lists of seats in place, and stock: the organiser's side, in the back office.
///
/// A list may be long, so it goes in by batches: people can hold the first seats before the last are
/// there. The same list again changes nothing, which is how whoever lost the answer asks again.
///
/// Confined to its loop's thread, completions included.
package final class SeatPlanner {
  /// The most seats of an event.
  package static let seatLimit = 100_000
  /// The most items of an event.
  package static let itemLimit = 100

  fileprivate static let batch = 500

  fileprivate let redis: any RedisClient
  fileprivate let scripts: SeatScripts
  fileprivate let eventTTL: Argument
  /// Called with how many holds were over, and ended.
  package var holdsEnded: ((Int) -> Void)?

  /// Works through `redis`.
  package init(
    redis: any RedisClient, settings: SeatSettings, scripts: SeatScripts = SeatScripts()
  ) {
    self.redis = redis
    self.scripts = scripts
    eventTTL = .integer(settings.eventTTL.components.seconds)
  }

  /// Gives `event` exactly these seats, in this order; those that it has keep their place and their
  /// holder. Seats that are named twice count once.
  ///
  /// If somebody holds or has bought one that is not among them, nothing is changed. Should that happen
  /// in the very moment, that seat stays, and the others are done.
  package func put(
    _ seats: [SeatID], at event: EventID,
    _ completion: @escaping (Result<SeatPlanOutcome, RedisError>) -> Void
  ) {
    SeatPlan(self, seats, event, completion).begin()
  }

  /// Says how many of `item` there are in all. Repeating it changes nothing.
  package func supply(
    _ item: ItemID, total: Int, at event: EventID,
    _ completion: @escaping (Result<SupplyOutcome, RedisError>) -> Void
  ) {
    let arguments: [Argument] = [
      eventTTL, .text(item.text), .integer(Int64(total)), .integer(Int64(Self.itemLimit)),
    ]
    let keys = SaleKeys(event).stock
    redis.send(.evalsha(scripts.supply, keys: keys, arguments: arguments)) { result in
      completion(
        result.flatMap { reply in
          guard reply.count == 3, let last = reply[2].amount else {
            return .failure(.unexpectedReply("supply"))
          }
          switch (reply[0].integer, reply[1].text) {
          case (0, "BELOW_TAKEN"): return .success(.belowTaken(Int(last)))
          case (0, "TOO_MANY_ITEMS"): return .success(.tooManyItems)
          default:
            return .success(.done(total: Int(reply[1].whole ?? 0), taken: Int(last)))
          }
        })
    }
  }
}

@available(*, unavailable, message: "a SeatPlanner belongs to its loop's thread")
extension SeatPlanner: Sendable {}

/// One list on its way: the present list is read, then what is missing is added, then what is too much
/// is taken away.
private final class SeatPlan {
  private let planner: SeatPlanner
  private let keys: [Key]
  private let name = Argument.text("\(UInt64.random(in: 0 ... .max))")
  private let completion: (Result<SeatPlanOutcome, RedisError>) -> Void

  private let wanted: [SeatID]
  private var present: [String: SeatState] = [:]
  private var surplus: [String] = []
  private var stay: [String] = []
  private var report = SeatPlanReport(
    counts: SeatCounts(total: 0, available: 0, held: 0, sold: 0), added: 0, removed: 0)

  init(
    _ planner: SeatPlanner, _ seats: [SeatID], _ event: EventID,
    _ completion: @escaping (Result<SeatPlanOutcome, RedisError>) -> Void
  ) {
    self.planner = planner
    self.completion = completion
    keys = SaleKeys(event).seats
    var known: Set<SeatID> = []
    wanted = seats.filter { known.insert($0).inserted }
  }

  func begin() {
    call(planner.scripts.furnish, [name, .text("begin")]) { [self] reply in
      take(reply)
      readPage(after: 0)
    }
  }

  private func readPage(after place: Int64) {
    let page: [Argument] = [
      .integer(place), .integer(Int64(BoxOffice.pageLimit)), .integer(-1),
    ]
    call(planner.scripts.map, page) { [self] reply in
      guard let page = SeatPage(map: reply) else { return fail("map") }
      let known = present.count
      for (seat, state) in page.seats { present[seat] = state }
      guard let next = page.next else { return compare() }
      // No list is longer than that, and each of its pages has seats of its own.
      guard present.count > known, present.count <= 2 * SeatPlanner.seatLimit else {
        return fail("map")
      }
      readPage(after: next)
    }
  }

  private func compare() {
    let names = Set(wanted.map(\.text))
    let missing = wanted.filter { present[$0.text] == nil }.map(\.text)
    surplus = present.keys.filter { !names.contains($0) }.sorted()
    let inUse = surplus.filter { present[$0] != .available }
    if !inUse.isEmpty { return completion(.success(.inUse(inUse))) }
    add(missing[...])
  }

  private func add(_ missing: ArraySlice<String>) {
    guard !missing.isEmpty else { return remove(surplus[...]) }
    let batch = missing.prefix(SeatPlanner.batch)
    call(planner.scripts.furnish, [name, .text("go on")] + batch.map { .text($0) }) {
      [self] reply in
      guard let added = take(reply) else { return fail("furnish") }
      report.added += added
      add(missing.dropFirst(batch.count))
    }
  }

  private func remove(_ surplus: ArraySlice<String>) {
    guard !surplus.isEmpty else {
      return completion(.success(stay.isEmpty ? .done(report) : .inUse(stay)))
    }
    let batch = surplus.prefix(SeatPlanner.batch)
    call(planner.scripts.retire, [name] + batch.map { .text($0) }) { [self] reply in
      guard let removed = take(reply) else { return fail("retire") }
      report.removed += removed
      stay += (7..<reply.count).compactMap { reply[$0].text }
      remove(surplus.dropFirst(batch.count))
    }
  }

  /// Takes in the counts that `furnish.lua` and `retire.lua` tell, and says how many seats they changed.
  @discardableResult
  private func take(_ reply: Reply) -> Int? {
    guard let changed = reply[2].whole, let counts = SeatCounts(reply, from: 3) else {
      return nil
    }
    report.counts = counts
    return Int(changed)
  }

  private func call(
    _ script: Script, _ arguments: [Argument], _ body: @escaping (Reply) -> Void
  ) {
    let command = Command.evalsha(script, keys: keys, arguments: [planner.eventTTL] + arguments)
    planner.redis.send(command) { [self] result in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(let reply):
        guard reply.count >= 3 else { return fail(script.name) }
        let refused = reply[0].integer == 0
        if let ended = reply[refused ? 2 : 1].whole, ended > 0 { planner.holdsEnded?(Int(ended)) }
        if refused { completion(.success(.superseded)) } else { body(reply) }
      }
    }
  }

  private func fail(_ script: String) {
    completion(.failure(.unexpectedReply(script)))
  }
}
