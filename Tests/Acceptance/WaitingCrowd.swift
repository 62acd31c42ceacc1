import TestSupport
import Testing

/// Many people at the event `show`, and what they hold.
struct WaitingCrowd {
  /// By person.
  private(set) var tokens: [String: String] = [:]
  /// Who waits, in the order that must hold, as far as this crowd was told.
  private(set) var order: [String] = []

  private static let threads = 8

  /// So many people join through an usher.
  mutating func join(_ count: Int, as name: String, through fixture: UsherFixture) throws {
    let joined = try parallel(Self.threads) { thread in
      let gateway = fixture.gateway()
      return try stride(from: thread, to: count, by: Self.threads).map { number in
        let person = "\(name)-\(number)"
        return (person, try gateway.token(joining: "show", as: person))
      }
    }
    for (person, token) in joined.joined() { tokens[person] = token }
    // Those who came before stand where they stood.
    let known = Set(order)
    order += try fixture.line(at: "show").filter {
      !known.contains($0) && $0.hasPrefix("\(name)-")
    }
  }

  /// The first of them enter; they wait no longer.
  mutating func enterFirst(_ count: Int, through fixture: UsherFixture) throws {
    let gateway = fixture.gateway()
    for person in order.prefix(count) {
      _ = try gateway.grant(entering: #require(tokens[person]))
    }
    order.removeFirst(count)
  }

  /// Everybody who waits polls, the last first. Returns those who were told that it is their turn.
  func poll(through fixture: UsherFixture) throws -> [String] {
    let (order, tokens) = (order, tokens)
    let ready = try parallel(Self.threads) { thread in
      let gateway = fixture.gateway()
      var ready: [String] = []
      for place in stride(from: order.count - 1 - thread, through: 0, by: -Self.threads) {
        let answer = try gateway.status(of: tokens[order[place]] ?? "")
        guard answer.status == 200 else { throw TestFailure("\(answer.status) \(answer.text)") }
        if !answer.text.contains(#""ready_for_entry":false"#) { ready.append(order[place]) }
      }
      return ready
    }
    return ready.flatMap { $0 }
  }

  /// Whether any of these people is let in.
  func areLetIn(_ people: [String], through fixture: UsherFixture) throws -> [String] {
    let gateway = fixture.gateway()
    return try people.filter { try gateway.enter(with: tokens[$0] ?? "").status == 200 }
  }
}
