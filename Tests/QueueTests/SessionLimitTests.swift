import TestSupport
import Testing

@testable import Queue

@Suite("active_limit")
struct SessionLimitTests {
  /// People who come at once to an event that takes 50, stay for 10 to 60 s, and check out, or go without
  /// a word; two fronts say what becomes of them.
  private struct Sale {
    static let limit = 50

    let event: ScriptedSessions
    var random: SplitMix64
    var waiting: [(String, Int64)] = []
    /// Who is inside by a grant or a session: until when that says so, ms, and until when they mean to
    /// stay; nil for those who will go without a word.
    var inside: [String: (grant: Grant, until: Int64, leaves: Int64?)] = [:]
    /// What each front has yet to tell, and what it knows.
    var fronts = [Front(), Front()]
    var most = 0
    var admitted = 0
    var steps = 0
    var taken = 0

    struct Front {
      var news: [SessionNews] = []
      var ends = KnownEnds()
      var known = Knowledge()
    }

    init(
      seed: UInt64, people: Int, mutate: @escaping (String) -> String = { $0 }
    ) throws {
      var settings = QueueSettings(admissionRate: 100, admissionBurst: 100)
      settings.sessionTTL = .seconds(20)
      settings.grantTTL = .seconds(10)
      settings.readyTTL = .seconds(10)
      // Shorter than it takes until all have been seen again.
      settings.rebuildWindow = .seconds(4)
      event = try ScriptedSessions(settings, mutate: mutate)
      random = SplitMix64(seed: seed)
      try event.send(
        ["HSET", event.keys.settings.text, "version", "1", "active_limit", "\(Self.limit)"])
      for number in 0..<people {
        guard case .joined(let ticket, _, _, _)? = try event.join("user \(number)").first else {
          throw TestFailure("could not join")
        }
        waiting.append(("user \(number)", ticket))
      }
      for front in fronts.indices { fronts[front].known = event.known() }
    }

    /// Half a second.
    mutating func step() throws {
      try event.advance(.milliseconds(500))
      steps += 1
      let now = event.nowMilliseconds
      for (user, person) in inside {
        let name = SessionName(user: person.grant.user, grantBegan: person.grant.admittedAt)
        let front = Int.random(in: 0...1, using: &random)
        if person.until <= now {
          inside[user] = nil
        } else if let leaves = person.leaves, leaves <= now {
          fronts[front].ends.note(.init(change: .ended, name: name, until: now + 20_000))
          inside[user] = nil
        } else if person.leaves != nil, person.until - now < 10_000 {
          inside[user]?.until = now + 20_000
          fronts[front].ends.note(.init(change: .renewed, name: name, until: now + 20_000))
        }
      }
      for front in fronts.indices { try pulse(front) }
      try admit()
      most = max(most, inside.count)
      taken += inside.count
    }

    private mutating func pulse(_ number: Int) throws {
      var front = fronts[number]
      let news = front.ends.takeNews()
      let reply = try event.pulse(
        news, ended: front.ends.highest, seen: waiting.prefix(300).map(\.0), knowing: front.known)
      let snapshot = reply.snapshot
      front.ends.learn(reply.ended, in: snapshot.epoch, at: snapshot.time / 1000)
      front.known = event.known(inside: snapshot.inside + snapshot.called, epoch: snapshot.epoch)
      fronts[number] = front
    }

    private mutating func admit() throws {
      let head = waiting.prefix(150)
      guard !head.isEmpty else { return }
      let answers = try event.enter(head, knowing: fronts[0].known)
      var grants: [Grant] = []
      for ((user, _), answer) in zip(head, answers) {
        guard case .admitted(let at, _, _) = answer else { continue }
        grants.append(event.grant(user, at))
      }
      guard !grants.isEmpty else { return }
      admitted += grants.count
      let entered = Set(grants.map(\.user.text))
      waiting.removeAll { entered.contains($0.0) }
      let sessions = try event.exchange(grants, knowing: fronts[1].known)
      for (grant, session) in zip(grants, sessions) {
        guard case .session(let until, _) = session else { throw TestFailure("\(session)") }
        let stays = Int64.random(in: 10_000...60_000, using: &random)
        let goesSilently = Int.random(in: 0..<10, using: &random) == 0
        inside[grant.user.text] = (
          grant, until, goesSilently ? nil : event.nowMilliseconds + stays
        )
      }
    }

    /// Redis loses everything; those who wait come back.
    mutating func lose() throws {
      try event.send(["FLUSHDB"])
      try event.advance(.zero)
      try event.send(
        ["HSET", event.keys.settings.text, "version", "1", "active_limit", "\(Self.limit)"])
      for front in fronts.indices { try pulse(front) }
      for start in stride(from: 0, to: waiting.count, by: 250) {
        let part = waiting[start..<min(start + 250, waiting.count)]
        _ = try event.resume(part, knowing: fronts[0].known)
      }
    }
  }

  @Test("never more are inside, and hardly ever fewer than may be", arguments: [1, 2] as [UInt64])
  func full(seed: UInt64) throws {
    var sale = try Sale(seed: seed, people: 1000)
    for _ in 0..<10 { try sale.step() }
    (sale.taken, sale.steps) = (0, 0)
    for _ in 0..<240 { try sale.step() }
    #expect(sale.most == Sale.limit)
    #expect(sale.taken >= sale.steps * Sale.limit * 95 / 100)
  }

  @Test("nor after Redis has lost everything", arguments: [1, 2, 3] as [UInt64])
  func loss(seed: UInt64) throws {
    var sale = try Sale(seed: seed, people: 600)
    for _ in 0..<Int.random(in: 40...100, using: &sale.random) { try sale.step() }
    let before = sale.admitted
    try sale.lose()
    for _ in 0..<200 { try sale.step() }
    #expect(sale.most == Sale.limit)
    #expect(sale.admitted > before + 20)
  }

  /// What the tests above would find.
  @Test(
    "scripts that forget who was inside, or who is, let too many in",
    arguments: [
      "people = people + math.max(0, inside_lost - inside_back)",
      "usable = math.min(usable, active_limit - people)",
    ])
  func mutants(line: String) throws {
    var sale = try Sale(seed: 1, people: 600) { text in
      text.replacing(line, with: "people = people")
    }
    for _ in 0..<60 { try sale.step() }
    try sale.lose()
    for _ in 0..<100 { try sale.step() }
    #expect(sale.most > Sale.limit)
  }
}
