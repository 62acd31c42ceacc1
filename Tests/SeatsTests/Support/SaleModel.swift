@testable import Seats

/// The rules of seats and stock, written down a second time and as plainly as possible. Times are µs. What
/// the scripts answer must be what this says.
struct SaleModel {
  enum Seat: Equatable {
    case available
    case held(String, hold: Int64, end: Int64, size: Int)
    case sold(String, hold: Int64)
  }

  struct Item: Equatable {
    var total: Int
    var takers: [String: Int] = [:]

    var left: Int { total - takers.count }
  }

  let settings: SeatSettings
  var seats: [String: Seat] = [:]
  var items: [String: Item] = [:]
  /// Every sale, in order, as the stream has it.
  var deliveries: [[String]] = []
  /// The last tick, and whether a list of seats is known to be in place.
  var last: Int64 = 0
  var hasPlan = false
  /// Since when holds are known that were made when the clock was ahead.
  var aheadSince: Int64?

  init(_ settings: SeatSettings) {
    self.settings = settings
  }

  // MARK: Counting

  func count(of user: String) -> Int {
    seats.values.count {
      switch $0 {
      case .available: false
      case .held(let holder, _, _, _), .sold(let holder, _): holder == user
      }
    }
  }

  var counts: SeatCounts {
    let available = seats.values.count { $0 == .available }
    let sold = seats.values.count { if case .sold = $0 { true } else { false } }
    return SeatCounts(
      total: seats.count, available: available, held: seats.count - available - sold, sold: sold)
  }

  /// The seats of a hold that lives: the holder's, and whether any is another's.
  private func held(_ hold: HoldScript.Held, by user: String) -> (own: [String], foreign: Bool) {
    var (own, foreign): ([String], Bool) = ([], false)
    for (name, seat) in seats {
      guard case .held(let holder, hold.number, hold.endsAt, _) = seat else { continue }
      if holder == user { own.append(name) } else { foreign = true }
    }
    return (own.sorted(), foreign)
  }

  private func bought(_ hold: Int64, by user: String) -> (own: [String], foreign: Bool) {
    let own = seats.filter { $0.value == .sold(user, hold: hold) }.keys.sorted()
    let all = seats.values.count { if case .sold(_, hold) = $0 { true } else { false } }
    return (own, all > own.count)
  }

  // MARK: A call

  /// A clock that is more than two seconds away from what the caller expects is not believed.
  static func time(_ clock: Int64, expecting estimate: Int64) -> Int64 {
    estimate > 0 && abs(clock - estimate) > 2_000_000 ? estimate : clock
  }

  private mutating func tick(_ now: Int64) -> Int64 {
    last = max(last + 1, now)
    return last
  }

  /// Every script begins by ending what is over, and ends by a tick if anything has changed.
  private mutating func call<Answer>(
    at now: Int64, _ body: (inout SaleModel) -> (answer: Answer, changes: Bool)
  ) -> Answer {
    let due = seats.filter {
      if case .held(_, _, let end, _) = $0.value { end <= now } else { false }
    }
    for name in due.keys { seats[name] = .available }
    let (answer, changes) = body(&self)
    if changes || !due.isEmpty { _ = tick(now) }
    return answer
  }

  mutating func hold(
    _ wanted: [String], as user: String, grantEnd: Int64, at now: Int64
  ) -> HoldScript.Outcome {
    call(at: now) { model in
      if let refusal = model.refusal(wanted, user, grantEnd, now) { return (refusal, false) }
      let number = model.tick(now)
      let ends = model.seats.values.compactMap {
        if case .held(_, _, let end, _) = $0 { end } else { nil }
      }
      let moment = now + model.settings.holdTTL.microseconds
      // No two holds end at the same moment.
      let end = ends.filter { (moment...moment + 1000).contains($0) }.max().map { $0 + 1 } ?? moment
      for seat in wanted {
        model.seats[seat] = .held(user, hold: number, end: end, size: wanted.count)
      }
      let available = model.counts.available
      return (
        .held(.init(number: number, endsAt: end, now: now, available: available)), true
      )
    }
  }

  /// Why these seats are not held now, or held already; nil if they can be.
  private func refusal(
    _ wanted: [String], _ user: String, _ grantEnd: Int64, _ now: Int64
  ) -> HoldScript.Outcome? {
    let unknown = wanted.filter { seats[$0] == nil }
    if !unknown.isEmpty { return .unknownSeats(unknown) }
    let states = wanted.map { seats[$0]! }
    if case .held(user, let hold, let end, wanted.count) = states[0],
      states.allSatisfy({ $0 == states[0] })
    {
      return .heldBefore(
        .init(number: hold, endsAt: end, now: now, available: counts.available))
    }
    if now >= grantEnd { return .grantExpired }
    if counts.available == 0, counts.held == 0 { return .soldOut }
    let taken = wanted.filter { seats[$0] != .available }
    if !taken.isEmpty { return .unavailable(taken) }
    let mine = count(of: user)
    return mine + wanted.count > settings.seatsPerPerson ? .limitReached(has: mine) : nil
  }

  mutating func release(
    _ hold: HoldScript.Held, as user: String, at now: Int64
  ) -> ReleaseScript.Outcome {
    call(at: now) { model in
      let (own, foreign) = model.held(hold, by: user)
      if foreign { return (.notHolder, false) }
      if !own.isEmpty {
        for seat in own { model.seats[seat] = .available }
        let heldFor = max(0, now - hold.number)
        return (.released(heldFor: heldFor, available: model.counts.available), true)
      }
      let (bought, others) = model.bought(hold.number, by: user)
      if others { return (.notHolder, false) }
      return (
        bought.isEmpty ? .releasedBefore(available: model.counts.available) : .confirmed, false
      )
    }
  }

  mutating func confirm(
    _ hold: HoldScript.Held, as user: String, at now: Int64
  ) -> ConfirmScript.Outcome {
    call(at: now) { model in
      let (own, foreign) = model.held(hold, by: user)
      if foreign { return (.notHolder, false) }
      if let first = own.first, case .held(_, _, _, own.count)? = model.seats[first] {
        for seat in own { model.seats[seat] = .sold(user, hold: hold.number) }
        model.deliveries.append([
          "op", "confirm", "user", user, "hold", "\(hold.number)",
          "seats", own.joined(separator: " "),
        ])
        return (.confirmed(own, heldFor: max(0, now - hold.number)), true)
      }
      let (bought, others) = model.bought(hold.number, by: user)
      if others { return (.notHolder, false) }
      return (bought.isEmpty ? .expired : .confirmedBefore(bought), false)
    }
  }

  // MARK: The operator, and the back office

  mutating func furnish(_ names: [String], at now: Int64) -> FurnishScript.Outcome {
    call(at: now) { model in
      let new = Set(names).filter { model.seats[$0] == nil }
      for name in new { model.seats[name] = .available }
      model.hasPlan = true
      return (.added(new.count, model.counts), true)
    }
  }

  mutating func retire(_ name: String, at now: Int64) -> RetireScript.Outcome {
    call(at: now) { model in
      guard model.hasPlan else { return (.superseded, false) }
      let isFree = model.seats[name] == .available
      let stay = model.seats[name] == nil || isFree ? [] : [name]
      if isFree { model.seats[name] = nil }
      return (.removed(isFree ? 1 : 0, model.counts, stay: stay), true)
    }
  }

  /// What the back office finds; nil if there is nothing to sell, or what was.
  mutating func sweep(at now: Int64) -> SaleSnapshot? {
    call(at: now) { model in
      guard !model.seats.isEmpty || !model.items.isEmpty else { return (nil, false) }
      let hasEnded = model.endLate(at: now)
      let stock = model.items.mapValues(\.left)
      return (SaleSnapshot(counts: model.counts, inconsistent: 0, stock: stock), hasEnded)
    }
  }

  /// Ends holds that were made when the clock was ahead, hold-ttl after they were first noticed.
  private mutating func endLate(at now: Int64) -> Bool {
    let (ttl, step): (Int64, Int64) = (settings.holdTTL.microseconds, 2_000_000)
    let late =
      last - now > step
      ? seats.filter {
        if case .held(_, _, let end, _) = $0.value { end > now + ttl + step } else { false }
      }.map(\.key) : []
    guard !late.isEmpty else {
      aheadSince = nil
      return false
    }
    guard let since = aheadSince, since <= now else {
      aheadSince = now
      return false
    }
    guard now - since >= ttl else { return false }
    for name in late { seats[name] = .available }
    return true
  }

  // MARK: Stock

  mutating func supply(_ name: String, _ total: Int) -> SupplyOutcome {
    let taken = items[name]?.takers.count ?? 0
    if total < taken { return .belowTaken(taken) }
    items[name] = Item(total: total, takers: items[name]?.takers ?? [:])
    return .done(total: total, taken: taken)
  }

  mutating func take(_ name: String, as user: String) -> TakeScript.Reply {
    guard let item = items[name] else { return .unknownItem }
    if let number = item.takers[user] {
      return .takenBefore(TakenItem(number: number, remaining: item.left))
    }
    guard item.left > 0 else { return .soldOut }
    let number = item.takers.count + 1
    items[name]?.takers[user] = number
    deliveries.append(["op", "take", "item", name, "user", user, "number", "\(number)"])
    return .taken(TakenItem(number: number, remaining: item.left - 1))
  }
}
