import Loop
import Queue
import Redis

extension BoxOffice {
  /// Holds seats for whoever has `grant`: all of them or none.
  ///
  /// Replay-safe: who holds exactly these seats gets the same hold again, also after the grant has
  /// ended. Seats that are named twice count once.
  package func hold(
    _ seats: [SeatID], of event: EventID, grant: String,
    _ completion: @escaping (Result<HoldOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let grant = signer.grant(grant), grant.event == event else {
      return completion(.success(.grantInvalid))
    }
    let seats = Self.unique(seats)
    guard seats.count <= settings.seatsPerPerson else { return completion(.success(.limitReached)) }
    let sale = sale(of: event)
    let arguments: [Argument] = [
      .integer(settings.holdTTL.microseconds), .integer(Int64(settings.seatsPerPerson)),
      .text(grant.user.text), .integer(grant.admittedAt), .integer(grant.endsAt),
    ]
    let names = seats.map { Argument.text($0.text) }
    call(scripts.hold, keys: sale.keys.seats, arguments + names, completion) { [self] reply in
      let outcome = outcome(of: grant, from: reply, signer)
      if case .unknownSeats? = outcome { return outcome }
      register(sale)
      return outcome
    }
  }

  private func outcome(
    of grant: Grant, from reply: Reply, _ signer: TokenSigner
  ) -> HoldOutcome? {
    if reply.count >= 3, reply[0].integer == 0 {
      noteEnded(reply, at: 2)
      let seats = (3..<reply.count).compactMap { reply[$0].text }
      switch reply[1].text {
      case "NOT_FOUND": return .unknownSeats(seats)
      case "UNAVAILABLE": return .unavailable(seats)
      case "SOLD_OUT": return .soldOut
      case "GRANT_EXPIRED": return .grantExpired
      case "LIMIT": return .limitReached
      default: return nil
      }
    }
    guard reply.count == 6, let kind = reply[0].integer, let number = reply[2].whole,
      let endsAt = reply[3].whole, let now = reply[4].whole, let available = reply[5].whole
    else { return nil }
    noteEnded(reply, at: 1)
    let hold = Hold(event: grant.event, user: grant.user, number: number, endsAt: endsAt)
    let held = HeldSeats(
      id: signer.sign(hold), expiresInSeconds: Int(max(0, endsAt - now) / 1_000_000),
      remaining: Int(available))
    return kind == 1 ? .held(held) : .heldAlready(held)
  }

  /// Gives back what the hold `text` has. Repeating it changes nothing.
  package func release(
    _ text: String, _ completion: @escaping (Result<ReleaseOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let hold = signer.hold(text) else { return completion(.success(.notFound)) }
    let keys = sale(of: hold.event).keys.seats
    call(scripts.release, keys: keys, hold.arguments, completion) { [self] reply in
      guard reply.count >= 3 else { return nil }
      noteEnded(reply, at: reply[0].integer == 0 ? 2 : 1)
      switch (reply[0].integer, reply[1].text) {
      case (0, "CONFIRMED"): return .confirmed
      case (0, "NOT_HOLDER"): return .notFound
      case (1, _): return reply[2].amount.map { .released(heldSeconds: $0 / 1e6) }
      case (2, _): return .released(heldSeconds: nil)
      default: return nil
      }
    }
  }

  /// Sells what the hold `text` has to its holder, unless the hold is over. Repeating it tells the same
  /// again.
  package func confirm(
    _ text: String, _ completion: @escaping (Result<ConfirmOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let hold = signer.hold(text) else { return completion(.success(.notFound)) }
    let keys = sale(of: hold.event).keys.seats
    call(scripts.confirm, keys: keys, hold.arguments, completion) { [self] reply in
      guard reply.count >= 3 else { return nil }
      noteEnded(reply, at: reply[0].integer == 0 ? 2 : 1)
      func seats(from first: Int) -> [String] {
        (first..<reply.count).compactMap { reply[$0].text }
      }
      switch (reply[0].integer, reply[1].text) {
      case (0, "EXPIRED"): return .expired
      case (0, "NOT_HOLDER"): return .notFound
      case (1, _):
        return reply[2].amount.map { .confirmed(seats(from: 3), heldSeconds: $0 / 1e6) }
      case (2, _): return .confirmed(seats(from: 2), heldSeconds: nil)
      default: return nil
      }
    }
  }

  private static func unique(_ seats: [SeatID]) -> [SeatID] {
    var known: Set<SeatID> = []
    return seats.filter { known.insert($0).inserted }
  }
}

extension Hold {
  /// What `release.lua` and `confirm.lua` are told of it.
  fileprivate var arguments: [Argument] {
    [.text(user.text), .integer(number), .integer(endsAt)]
  }
}

extension Grant {
  /// When it ends, in microseconds of Redis' clock.
  var endsAt: Int64 { admittedAt + Int64(lifetimeSeconds) * 1_000_000 }
}
