import Loop
import Testing

@testable import Queue

@Suite("EpochWatch")
final class EpochWatchTests {
  private var watch = EpochWatch()

  private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

  private func look(
    _ finding: EpochWatch.Finding, at seconds: Double, isMoved: Bool = false,
    grace: Duration = .seconds(2)
  ) -> (action: EpochWatch.Action, isLoss: Bool) {
    watch.looked(
      finding, isMoved: isMoved, at: at(seconds), time: Int64(1_000_000 * (1000 + seconds)),
      grace: grace)
  }

  private func lost(since time: Int64, knownUpTo tick: Int64) -> StoreEpoch? {
    watch.lost(since: time, knownUpTo: tick)
  }

  @Test("a store that has an epoch is known at once")
  func known() {
    let epoch = StoreEpoch(lostAt: 7)
    let first = look(.found(epoch), at: 0)
    #expect(first.action == .nothing && !first.isLoss)
    #expect(watch.epoch == epoch)
  }

  @Test("one that has none gets one, when others had time to speak first")
  func grace() throws {
    #expect(look(.missing, at: 1).action == .nothing)
    #expect(watch.epoch == nil)
    #expect(look(.missing, at: 2.9).action == .nothing)
    let late = look(.missing, at: 3)
    let epoch = try #require(watch.epoch)
    #expect(late.action == .publish(epoch) && !late.isLoss)
    #expect(epoch.lostAt == 0)
    // Written down or not, it is the same until the store has one.
    #expect(look(.missing, at: 4).action == .publish(epoch))
    #expect(look(.missing, at: 4).isLoss == false)
  }

  @Test("those who spoke meanwhile are listened to")
  func othersSpeak() {
    _ = look(.missing, at: 1)
    let epoch = StoreEpoch(lostAt: 999)
    _ = look(.found(epoch), at: 2)
    #expect(watch.epoch == epoch)
  }

  @Test("one that had an epoch and has none has lost everything, once")
  func loss() throws {
    _ = look(.found(StoreEpoch(lostAt: 0)), at: 0)
    let loss = look(.missing, at: 5)
    let epoch = try #require(watch.epoch)
    #expect(loss.isLoss && loss.action == .publish(epoch))
    #expect(epoch.lostAt == 1_005_000_000)
    let again = look(.missing, at: 6)
    #expect(!again.isLoss && again.action == .publish(epoch))
    _ = look(.found(epoch), at: 7)
    #expect(look(.missing, at: 8).isLoss)
  }

  @Test("another master that has none has lost nothing: ticks tell")
  func moved() {
    let epoch = StoreEpoch(lostAt: 5)
    _ = look(.found(epoch), at: 0)
    let moved = look(.missing, at: 1, isMoved: true)
    #expect(!moved.isLoss && moved.action == .publish(epoch))
    #expect(watch.epoch == epoch)
  }

  @Test("an event that is behind makes a new epoch, unless a loss that is known explains it")
  func ticks() throws {
    #expect(lost(since: 100, knownUpTo: 50) == nil)
    _ = look(.found(StoreEpoch(lostAt: 60)), at: 0)
    #expect(lost(since: 100, knownUpTo: 50) == nil)
    let epoch = try #require(lost(since: 100, knownUpTo: 70))
    #expect(epoch.lostAt == 100 && watch.epoch == epoch)
    #expect(lost(since: 101, knownUpTo: 99) == nil)
  }

  @Test("of two losses that were written at once, the later one stays")
  func twoWriters() {
    let (early, late) = (StoreEpoch(lostAt: 100), StoreEpoch(lostAt: 101))
    _ = look(.found(late), at: 0)
    #expect(look(.found(early), at: 1).action == .replace(late))
    _ = look(.found(StoreEpoch(lostAt: 102)), at: 2)
    #expect(watch.epoch?.lostAt == 102)
  }

  @Test("what is written is read again, and nonsense is an epoch, too")
  func text() {
    let epoch = StoreEpoch(lostAt: 1_800_000_000_000_000)
    #expect(StoreEpoch(epoch.bytes) == epoch)
    let nonsense = StoreEpoch(Array("by hand".utf8))
    #expect(nonsense.lostAt == 0)
    #expect(StoreEpoch(Array("by hand".utf8)) == nonsense)
    #expect(StoreEpoch(Array("99999999999999999-1".utf8)).lostAt == 0)
  }
}
