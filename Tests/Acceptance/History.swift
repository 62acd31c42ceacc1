import TestSupport

/// Everything that clients were told during a test, and what of it must not have happened.
///
/// Pure: a judge of what others wrote down.
struct History: Sendable {
  enum Operation: String, Sendable { case join, status, enter, leave }

  /// One request and what came of it. Times are seconds since the test began.
  struct Exchange: Sendable {
    let event: String
    let user: String
    let operation: Operation
    let sent: Double
    let received: Double
    /// 0: there was no answer.
    let status: Int
    /// What the error is called; what went wrong if there was no answer.
    var code: String?
    /// The ticket that the token says, of a join.
    var ticket: Int64?
    /// Of a status.
    var position: Int?
    /// The reservation token, of an enter.
    var grant: String?
    /// Whether `Retry-After` says when to come again.
    var saysWhenToRetry = false
    /// Whether the text shows what is between usher and Redis.
    var showsRedirect = false

    /// Whether usher did what the contract says, whatever that is.
    var isAnswered: Bool { status != 503 && status != 0 }
  }

  /// A span of time in which what a node was told may have got lost with it.
  struct Loss: Sendable {
    let from: Double
    let to: Double
    /// Of which events.
    let events: Set<String>

    func covers(_ exchange: Exchange) -> Bool {
      exchange.received >= from && exchange.sent <= to && events.contains(exchange.event)
    }
  }

  let exchanges: [Exchange]
  /// Empty where nothing may get lost.
  var losses: [Loss] = []

  private func mayBeLost(_ exchange: Exchange) -> Bool {
    losses.contains { $0.covers(exchange) }
  }

  /// Answers that no client may ever get.
  func improper(slowest: Double) -> [String] {
    exchanges.compactMap { exchange in
      let about =
        "\(exchange.operation) of \(exchange.user) at \(exchange.sent): \(exchange.status)"
      if exchange.showsRedirect { return "\(about) shows a redirect" }
      if exchange.received - exchange.sent > slowest {
        return "\(about) after \(exchange.received - exchange.sent) s"
      }
      if exchange.status == 503 {
        return exchange.code == "REDIS_UNAVAILABLE" && exchange.saysWhenToRetry
          ? nil : "\(about) \(exchange.code ?? "")"
      }
      return Self.isProper(exchange) ? nil : "\(about) \(exchange.code ?? "")"
    }
  }

  private static func isProper(_ exchange: Exchange) -> Bool {
    let gone = ["ALREADY_ADMITTED", "ALREADY_LEFT"]
    return switch (exchange.operation, exchange.status) {
    case (.join, 202), (.status, 200), (.enter, 200), (.leave, 200): true
    case (.join, 409): exchange.code == "DUPLICATE_REQUEST"
    case (.enter, 403): exchange.code == "NOT_READY"
    // An enter or a leave that got no answer may have been done.
    case (.status, 404), (.enter, 404), (.leave, 404): gone.contains(exchange.code ?? "")
    default: false
    }
  }

  /// Places given to two people, and people with two places.
  func placesGivenTwice() -> [String] {
    var owners: [String: String] = [:]
    var tickets: [String: Int64] = [:]
    var faults: [String] = []
    for exchange in exchanges {
      guard let ticket = exchange.ticket else { continue }
      let owner = owners.updateValue(exchange.user, forKey: "\(exchange.event) \(ticket)")
      if let owner, owner != exchange.user {
        faults.append("\(owner) and \(exchange.user) have place \(ticket)")
      }
      let first = tickets["\(exchange.event) \(exchange.user)"]
      tickets["\(exchange.event) \(exchange.user)"] = min(first ?? ticket, ticket)
      // A person who joins again before their next poll, after their first place was lost, gets another:
      // as long as they show the first, that is where they stand.
      if let first, first != ticket, !losesJoin(of: exchange.user, at: exchange.event) {
        faults.append("\(exchange.user) has places \(first) and \(ticket)")
      }
    }
    return faults
  }

  private func losesJoin(of user: String, at event: String) -> Bool {
    exchanges.contains {
      $0.event == event && $0.user == user && $0.ticket != nil && mayBeLost($0)
    }
  }

  /// People who were let in although Redis remembers nothing of it, other than by a loss; and how many
  /// there were by a loss.
  func admissionsForgotten(_ trail: AuditTrail, of event: String) -> (faults: [String], lost: Int) {
    let remembered = Set(trail.admissions.map(\.user))
    let forgotten = exchanges.filter {
      $0.event == event && $0.grant != nil && !remembered.contains($0.user)
    }
    return (
      forgotten.filter { !mayBeLost($0) }
        .map { "\($0.user) was let in at \($0.received), and \(event) knows nothing of it" },
      Set(forgotten.map(\.user)).count
    )
  }

  /// People with more than one grant, other than by a loss of the first.
  func grantedTwice() -> [String] {
    let grants = Dictionary(grouping: exchanges.filter { $0.grant != nil }) {
      "\($0.event) \($0.user)"
    }
    return grants.compactMap { person, exchanges in
      Set(exchanges.map(\.grant)).count > 1 && !mayBeLost(exchanges[0])
        ? "\(person) has \(Set(exchanges.map(\.grant)).count) grants" : nil
    }
  }

  /// What is wrong with the line in which people stand at the end, when all of them have polled.
  func disorder(_ line: [String], at event: String) -> [String] {
    let mine = exchanges.filter { $0.event == event }
    let tickets = Dictionary(
      mine.compactMap { exchange in exchange.ticket.map { (exchange.user, $0) } },
      uniquingKeysWith: min)
    let ends = mine.filter {
      $0.grant != nil || $0.operation == .leave && $0.status == 200 || $0.status == 404
    }
    let ended = Set(ends.map(\.user))
    let maybeEnded = Set(ends.filter(mayBeLost).map(\.user))
    let present = Set(line)
    var faults = tickets.keys.filter { !ended.contains($0) && !present.contains($0) }
      .map { "\($0) is not in line" }
    faults += line.filter { ended.contains($0) && !maybeEnded.contains($0) }
      .map { "\($0) is in line, and had gone" }
    let order = line.compactMap { tickets[$0] }
    if order != order.sorted() { faults.append("\(event): \(line) stand in another order") }
    return faults
  }

  /// Moves backwards in line, where no place can have been lost and no person come back.
  func setbacks() -> [String] {
    var last: [String: Exchange] = [:]
    return exchanges.sorted { $0.received < $1.received }.compactMap { exchange in
      guard let position = exchange.position else { return nil }
      let before = last.updateValue(exchange, forKey: "\(exchange.event) \(exchange.user)")
      guard let before, let old = before.position, old < position, before.received < exchange.sent
      else { return nil }
      return "\(exchange.user) went from \(old) to \(position)"
    }
  }
}
