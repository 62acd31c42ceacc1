import Loop
import Testing

@testable import Operations

@Suite("ServerRoster")
struct ServerRosterTests {
  private let a = SocketAddress.tcp(host: "redis", port: 1)
  private let b = SocketAddress.tcp(host: "redis", port: 2)
  private let c = SocketAddress.tcp(host: "redis", port: 3)

  private func time(_ seconds: Int) -> Instant { Instant(nanoseconds: 0) + .seconds(seconds) }

  @Test("each is new once")
  func new() {
    var roster = ServerRoster()
    #expect(roster.adopt([a, b], at: time(0)) == [a, b])
    #expect(roster.adopt([a, b, c], at: time(1)) == [c])
    #expect(roster.adopt([a, b, c], at: time(2)).isEmpty)
    #expect(!roster.hasAbsent)
    #expect(roster.strike(at: time(10_000)).isEmpty)
  }

  @Test("one that is no longer named stays for 300 s, and is new again after that")
  func absent() {
    var roster = ServerRoster()
    _ = roster.adopt([a, b], at: time(0))
    #expect(roster.adopt([a], at: time(10)).isEmpty)
    #expect(roster.hasAbsent)
    // Named again and again are the others: that is no news of it.
    #expect(roster.adopt([a], at: time(200)).isEmpty)
    #expect(roster.strike(at: time(309)).isEmpty)
    #expect(roster.strike(at: time(310)) == [b])
    #expect(!roster.hasAbsent)
    #expect(roster.adopt([a, b], at: time(320)) == [b])
  }

  @Test("so many are watched at most, and of those that are gone the latest")
  func limits() {
    var roster = ServerRoster()
    let many = (1...2000).map { SocketAddress.tcp(host: "redis", port: UInt16($0)) }
    #expect(roster.adopt(many, at: time(0)) == Set(many.prefix(ServerRoster.namedLimit)))
    var absent = 0
    // As a cluster does that has other addresses each time that it is asked.
    for round in 1...20 {
      let new = SocketAddress.tcp(host: "redis", port: UInt16(10_000 + round))
      _ = roster.adopt([new], at: time(round))
      absent += round == 1 ? ServerRoster.namedLimit : 1
      let gone = roster.strike(at: time(round))
      absent -= gone.count
      #expect(absent == ServerRoster.absentLimit)
      #expect(!gone.contains(new))
    }
  }

  @Test("one that comes back in time was never away")
  func back() {
    var roster = ServerRoster()
    _ = roster.adopt([a, b], at: time(0))
    _ = roster.adopt([a], at: time(10))
    #expect(roster.adopt([a, b], at: time(100)).isEmpty)
    #expect(roster.strike(at: time(400)).isEmpty)
    _ = roster.adopt([a], at: time(500))
    #expect(roster.strike(at: time(799)).isEmpty)
    #expect(roster.strike(at: time(800)) == [b])
  }
}
