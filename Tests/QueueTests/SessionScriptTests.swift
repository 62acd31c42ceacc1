import TestSupport
import Testing

@testable import Queue

@Suite("session.lua, and the sessions of pulse.lua and park.lua")
struct SessionScriptTests {
  private let event: ScriptedSessions

  init() throws {
    event = try ScriptedSessions()
  }

  private func until(_ answer: SessionScript.Answer) throws -> Int64 {
    guard case .session(let until, _) = answer else { throw TestFailure("\(answer)") }
    return until
  }

  // MARK: Exchange

  @Test("a grant becomes one session, however often it is exchanged, at once or later")
  func exchange() throws {
    let grants = try event.admit("a", "b")
    try event.advance(.seconds(5))
    let end = event.nowMilliseconds + 600_000
    let many = try event.exchange([grants[1], grants[1], grants[1]])
    #expect(
      many == [
        .session(until: end, isNew: true), .session(until: end, isNew: false),
        .session(until: end, isNew: false),
      ])
    try event.advance(.seconds(40))
    #expect(try event.exchange(grants[1]) == .session(until: end, isNew: false))
    #expect(try event.insideUntil("b") == end)
    #expect(try event.exchange(grants[0]) == .expired)
    #expect(try event.trail().filter { $0 == "session" }.count == 1)
  }

  @Test(
    "people admitted in one call have sessions of their own, and joining tells of each the same")
  func batch() throws {
    let grants = try event.admit("a", "b", "c")
    for grant in grants { _ = try event.exchange(grant) }
    for grant in grants {
      guard case .inside(let inside) = try event.join(grant.user.text)[0] else {
        throw TestFailure("is not inside")
      }
      #expect(inside.isSession)
      #expect(inside.grantBegan == grant.admittedAt)
      #expect(inside.until == event.nowMilliseconds + 600_000)
    }
  }

  @Test("joining tells of a grant until it is exchanged")
  func joinBefore() throws {
    let grants = try event.admit("a")
    guard case .inside(let inside) = try event.join("a")[0] else {
      throw TestFailure("is not inside")
    }
    #expect(!inside.isSession)
    #expect(inside.grantBegan == grants[0].admittedAt)
  }

  @Test("no session lasts longer than session-max from the admission")
  func longest() throws {
    event.settings.sessionMax = .seconds(100)
    let grant = try event.admit("a")[0]
    try event.advance(.seconds(10))
    #expect(try until(event.exchange(grant)) == grant.admittedAt / 1000 + 100_000)
  }

  @Test("a grant that nobody wrote down becomes a session while it is valid, as after a loss")
  func unknown() throws {
    let grant = try event.admit("a")[0]
    let known = event.known()
    try event.send(["FLUSHDB"])
    try event.advance(.zero)
    _ = try event.exchange([event.grant("x", 1)], knowing: known)
    #expect(try until(event.exchange(grant, knowing: known)) > 0)
    #expect(
      try event.exchange(grant) == .session(until: event.nowMilliseconds + 600_000, isNew: false))
    try event.advance(.seconds(31))
    #expect(try event.exchange(event.grant("late", grant.admittedAt)) == .expired)
  }

  @Test("an old grant of a person who was admitted again is worth nothing")
  func followed() throws {
    let first = try event.admit("a")[0]
    try event.pulse([event.news(.ended, first)])
    try event.advance(.seconds(1))
    let second = try event.admit("a")[0]
    #expect(try event.exchange(first) == .ended)
    #expect(try until(event.exchange(second)) > 0)
    // Nor does what is said of the first session touch the second.
    try event.pulse([event.news(.ended, first), event.news(.renewed, first, until: 1)])
    #expect(try event.insideUntil("a") == event.nowMilliseconds + 600_000)
  }

  // MARK: Renewals and ends

  @Test("a renewal prolongs, and never shortens")
  func renewal() throws {
    let grant = try event.admit("a")[0]
    let end = try until(event.exchange(grant))
    try event.pulse([event.news(.renewed, grant, until: end + 5000)])
    #expect(try event.insideUntil("a") == end + 5000)
    try event.pulse([event.news(.renewed, grant, until: end - 5000)])
    #expect(try event.insideUntil("a") == end + 5000)
  }

  @Test("an end frees the place at once, is refused from then on, and is told once to each front")
  func end() throws {
    event.settings.admissionBurst = 10
    try event.send(["HSET", event.keys.settings.text, "version", "1", "active_limit", "1"])
    let grant = try event.admit("a")[0]
    _ = try event.exchange(grant)
    try event.join("b")
    #expect(try event.pulse().snapshot.called == 0)
    let reply = try event.pulse([event.news(.ended, grant)])
    #expect(reply.snapshot.inside == 0)
    #expect(reply.snapshot.called == 1)
    #expect(reply.ended.map(\.name) == [event.news(.ended, grant).name])
    let known = event.known(epoch: reply.snapshot.epoch)
    #expect(try event.pulse(ended: reply.ended[0].until, knowing: known).ended == [])
    #expect(try event.exchange(grant) == .ended)
    // A renewal that comes late brings nobody back.
    try event.pulse([event.news(.renewed, grant, until: reply.ended[0].until)])
    #expect(try event.insideUntil("a") == nil)
    #expect(try event.trail().filter { $0 == "end" }.count == 1)
    // The front that repeats it changes nothing.
    #expect(try event.pulse([event.news(.ended, grant)]).ended.count == 1)
    #expect(try event.trail().filter { $0 == "end" }.count == 1)
  }

  @Test("who ends later has a higher score, and 500 are told at a time")
  func order() throws {
    event.settings.admissionBurst = 1000
    var grants: [Grant] = []
    for number in 0..<600 { grants += try event.admit("user \(number)") }
    // The first has the longest to go.
    try event.pulse([event.news(.ended, grants[0], until: event.nowMilliseconds + 3_600_000)])
    for part in [grants[1..<400], grants[400..<600]] {
      try event.pulse(part.map { event.news(.ended, $0) })
    }
    let first = try event.pulse()
    #expect(first.ended.map(\.name.user.text) == (0..<500).map { "user \($0)" })
    let known = event.known(epoch: first.snapshot.epoch)
    let rest = try event.pulse(ended: first.ended[499].until, knowing: known)
    #expect(rest.ended.map(\.name.user.text) == (500..<600).map { "user \($0)" })
    // In another epoch than the front knows, everything is told.
    #expect(try event.pulse(ended: first.ended[499].until).ended.count == 500)
  }

  @Test(
    "an ended session is refused for as long as any of its tokens could live, and then forgotten")
  func forgotten() throws {
    let grant = try event.admit("a")[0]
    let end = try until(event.exchange(grant))
    let ended = try event.pulse([event.news(.ended, grant, until: end)]).ended
    #expect(try #require(ended.first).until >= end)
    try event.advance(.seconds(606))
    _ = try event.park()
    #expect(try event.send(["ZCARD", event.keys.ended.text]).integer == 0)
    #expect(try event.exchange(grant) == .expired)
  }

  @Test("what has expired is counted once, and grants that were never used are not")
  func expiry() throws {
    let grants = try event.admit("a", "b", "c")
    _ = try event.exchange(Array(grants.prefix(2)))
    try event.pulse([event.news(.ended, grants[1])])
    try event.advance(.seconds(601))
    #expect(try event.park() == 1)
    try event.advance(.seconds(2))
    #expect(try event.park() == 0)
    #expect(try event.send(["ZCARD", event.keys.inside.text]).integer == 0)
  }

  // MARK: Losses

  @Test("after a loss those inside count until they are seen again, and the ended stay ended")
  func loss() throws {
    let grants = try event.admit("a", "b", "c", "d")
    _ = try event.exchange(grants)
    let before = try event.pulse([event.news(.ended, grants[3])])
    #expect(before.snapshot.inside == 3)
    let known = event.known(inside: 3, epoch: before.snapshot.epoch)
    try event.send(["FLUSHDB"])
    try event.advance(.seconds(1))
    #expect(try event.pulse(knowing: known).snapshot.inside == 3)
    let end = event.nowMilliseconds + 600_000
    let told = [
      event.news(.remembered, grants[3], until: before.ended[0].until),
      event.news(.renewed, grants[3], until: end),
      event.news(.renewed, grants[0], until: end), event.news(.renewed, grants[0], until: end),
    ]
    let after = try event.pulse(told)
    #expect(after.snapshot.inside == 3)
    #expect(after.ended.map(\.name.user.text) == ["d"])
    #expect(try event.insideUntil("d") == nil)
    // One who is back and one who ends are two fewer of the unknown.
    #expect(try event.pulse([event.news(.ended, grants[1])]).snapshot.inside == 2)
    #expect(try event.exchange(grants[2]) == .session(until: end, isNew: true))
    #expect(try event.pulse().snapshot.inside == 2)
  }
}
