import Loop
import Queue
import Testing

@testable import Relay

@Suite("Share")
struct ShareTests {
  private let start = Instant(nanoseconds: 1_000_000_000_000)

  private func courses(_ count: Int) throws -> [Course] {
    try (0..<count).map { Course(.sales, of: try #require(EventID("e\($0)"))) }
  }

  @Test("one relay alone takes all that is free")
  func alone() throws {
    var share = Share(ttl: .seconds(5))
    let all = try courses(3)
    #expect(share.adopt(all) == [])
    for course in all {
      #expect(share.wish(for: course, at: start) == .hold)
      #expect(share.answered(course, .mine, askedAt: start) == .taken)
      #expect(share.answered(course, .mine, askedAt: start) == .none)
    }
    #expect(Set(share.held) == Set(all))
  }

  @Test("of two, each takes half, rounded up, and gives back what is more")
  func half() throws {
    var share = Share(ttl: .seconds(5))
    let all = try courses(3)
    _ = share.adopt(all)
    for course in all { _ = share.answered(course, .mine, askedAt: start) }
    share.relays = 2
    #expect(share.wish(for: all[0], at: start) == .release)
    #expect(share.answered(all[0], .free, askedAt: start) == .lost)
    for course in all.dropFirst() { #expect(share.wish(for: course, at: start) == .hold) }
    #expect(share.wish(for: all[0], at: start) == .look)
  }

  @Test("what nobody takes for as long as a lease lasts, it takes beyond its share")
  func orphan() throws {
    var share = Share(ttl: .seconds(5))
    let all = try courses(2)
    _ = share.adopt(all)
    share.relays = 2
    _ = share.answered(all[0], .mine, askedAt: start)
    _ = share.answered(all[1], .free, askedAt: start)
    #expect(share.wish(for: all[1], at: start + .seconds(5)) == .look)
    _ = share.answered(all[1], .free, askedAt: start + .seconds(3))
    #expect(share.wish(for: all[1], at: start + .milliseconds(5001)) == .hold)
    _ = share.answered(all[1], .others, askedAt: start + .seconds(6))
    #expect(share.wish(for: all[1], at: start + .seconds(60)) == .look)
  }

  @Test("a lease ends by the time at which it was asked for, if Redis does not prolong it")
  func expiry() throws {
    var share = Share(ttl: .seconds(5))
    let all = try courses(1)
    _ = share.adopt(all)
    _ = share.answered(all[0], .mine, askedAt: start)
    _ = share.answered(all[0], .mine, askedAt: start + .seconds(1))
    #expect(share.expire(at: start + .milliseconds(5999)) == [])
    #expect(share.expire(at: start + .seconds(6)) == all)
    #expect(share.expire(at: start + .seconds(7)) == [])
    #expect(share.held == [])
  }

  @Test("what another took is lost, and so is what no longer is there")
  func losses() throws {
    var share = Share(ttl: .seconds(5))
    let all = try courses(2)
    _ = share.adopt(all)
    for course in all { _ = share.answered(course, .mine, askedAt: start) }
    #expect(share.answered(all[0], .others, askedAt: start) == .lost)
    #expect(share.adopt([all[0]]) == [all[1]])
    #expect(share.answered(all[1], .mine, askedAt: start) == .none)
    share.fenced(all[0])
    #expect(share.held == [])
  }
}
