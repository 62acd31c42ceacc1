import Loop
import Testing

@testable import Queue

@Suite("Acquaintance with an event")
struct AcquaintanceTests {
  private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

  private func acquaintance(
    grace: Duration = .seconds(2), _ findings: (exists: Bool, at: Double)...
  ) -> Acquaintance {
    var acquaintance = Acquaintance(grace: grace)
    for (exists, seconds) in findings { acquaintance.found(exists, at: at(seconds)) }
    return acquaintance
  }

  @Test("who has just met an event that was there is a stranger for the grace")
  func met() {
    #expect(acquaintance().isStranger(at: at(100)))
    let met = acquaintance((true, 100), (true, 101))
    #expect(met.isStranger(at: at(101.9)))
    #expect(!met.isStranger(at: at(102)))
  }

  @Test("who saw that there was none until now is none")
  func new() {
    #expect(!acquaintance((false, 100), (true, 100.1)).isStranger(at: at(100.1)))
  }

  @Test("who saw that long ago is one: others may have come and gone since")
  func absentLongAgo() {
    let met = acquaintance((false, 100), (true, 102))
    #expect(met.isStranger(at: at(103.9)))
    #expect(!met.isStranger(at: at(104)))
  }

  @Test("who knew it once does not become one when Redis has lost it")
  func lost() {
    let known = acquaintance((true, 100), (false, 110), (true, 120))
    #expect(!known.isStranger(at: at(120)))
  }

  @Test("where there are no others, no one is")
  func alone() {
    #expect(!acquaintance(grace: .zero).isStranger(at: at(100)))
    #expect(!acquaintance(grace: .zero, (true, 100)).isStranger(at: at(100)))
  }

  @Test("is told to the scripts")
  func knowledge() throws {
    let store = StoreKnowledge(lifetime: .seconds(3600), grace: .seconds(2))
    let progress = store.progress(of: try #require(EventID("e")), at: at(100))
    func knowledge(_ seconds: Double) -> Knowledge {
      store.knowledge(of: progress, slot: 0, at: at(seconds))
    }
    #expect(knowledge(100).isStranger)
    progress.learn(7, at: at(100))
    #expect(knowledge(101.9).isStranger)
    #expect(!knowledge(102).isStranger)
  }

  @Test("scripts hear it and the store's loss in one number")
  func argument() {
    #expect(Knowledge(storeLost: 7).storeArgument == 7)
    #expect(Knowledge(storeLost: 7, isStranger: true).storeArgument == -9)
    #expect(Knowledge(storeLost: 0, isStranger: true).storeArgument == -2)
    #expect(
      Knowledge(storeLost: Knowledge.unknownStore, isStranger: true).storeArgument
        == Knowledge.unknownStore)
  }
}
