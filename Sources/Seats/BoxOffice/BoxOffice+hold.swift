import Loop
import Queue
import Redis

extension BoxOffice {
  /// Holds seats for the bearer of a grant or a session: all of them or none. That the session was not
  /// ended is for the caller to know.
  ///
  /// Replay-safe: a person who holds exactly these seats gets the same hold again, also after the grant
  /// or session has expired. Seats that are named twice count once.
  package func hold(
    _ seats: [SeatID], of event: EventID, grant text: String,
    _ completion: @escaping (Result<HoldOutcome, RedisError>) -> Void
  ) {
    guard let signer else { return completion(.failure(Self.noSecret)) }
    guard let grant = signer.pass(text), grant.event == event else {
      return completion(.success(.grantInvalid))
    }
    let seats = Self.unique(seats)
    guard seats.count <= settings.seatsPerPerson else { return completion(.success(.limitReached)) }
    let sale = sale(of: event)
    let arguments = HoldScript.arguments(
      settings, at: time(of: sale), user: grant.user, admittedAt: grant.admittedAt,
      grantEndsAt: grant.endsAt, seats: seats)
    call(scripts.hold, of: sale, arguments) {
      [self] (result: Result<HoldScript.Outcome, RedisError>) in
      completion(
        result.map { outcome in
          if case .unknownSeats(let seats) = outcome { return .unknownSeats(seats) }
          register(sale)
          return Self.outcome(of: grant, outcome, signer)
        })
    }
  }

  private static func outcome(
    of grant: Pass, _ outcome: HoldScript.Outcome, _ signer: TokenSigner
  ) -> HoldOutcome {
    func seats(_ held: HoldScript.Held) -> HeldSeats {
      let hold = Hold(
        event: grant.event, user: grant.user, number: held.number, endsAt: held.endsAt)
      return HeldSeats(
        id: signer.sign(hold), expiresInSeconds: Int(max(0, held.endsAt - held.now) / 1_000_000),
        remaining: held.available)
    }
    switch outcome {
    case .held(let held): return .held(seats(held))
    case .heldBefore(let held): return .heldAlready(seats(held))
    case .unknownSeats(let seats): return .unknownSeats(seats)
    case .unavailable(let seats): return .unavailable(seats)
    case .soldOut: return .soldOut
    case .grantExpired: return .grantExpired
    case .limitReached: return .limitReached
    }
  }

  private static func unique(_ seats: [SeatID]) -> [SeatID] {
    var known: Set<SeatID> = []
    return seats.filter { known.insert($0).inserted }
  }
}
