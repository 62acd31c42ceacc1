import Loop
import Testing

@testable import Queue
@testable import Redis

@Suite("Stores")
struct StoresTests {
  private let masters = (1...3).map { SocketAddress.tcp(host: "10.0.0.\($0)", port: 6379) }

  private func cluster(_ bounds: [Int]) -> Topology {
    var ranges: [Topology.Range] = []
    var first: UInt16 = 0
    for (number, bound) in bounds.enumerated() where bound > Int(first) {
      ranges.append(.init(slots: first...UInt16(bound - 1), master: masters[number]))
      first = UInt16(bound)
    }
    return Topology(ranges, replicas: [])
  }

  private func look(
    _ stores: inout Stores, _ finding: EpochWatch.Finding, at key: Key
  ) -> Bool {
    stores.looked(finding, at: key, now: Instant(nanoseconds: 0), time: 1, grace: .zero).isLoss
  }

  @Test("one that has everything is number 0, wherever it is")
  func single() {
    var stores = Stores()
    #expect(stores.lostAt(5) == Knowledge.unknownStore)
    stores.adopt(Topology(single: masters[0]))
    #expect(stores.looks.map(\.key.text) == ["queue:epoch:{0}"])
    #expect(stores.lostAt(5) == Knowledge.unknownStore)
    #expect(!look(&stores, .found(StoreEpoch(lostAt: 7)), at: EventKeys.epoch(0)))
    #expect(stores.lostAt(5) == 7)
    // Sentinels put the replica in its place: what it lacks is lost.
    stores.adopt(Topology(single: masters[1]))
    #expect(stores.looks.map(\.master) == [masters[1]])
    #expect(look(&stores, .missing, at: EventKeys.epoch(0)))
  }

  @Test("each master of a cluster has the smallest number whose slot it owns")
  func numbers() throws {
    var stores = Stores()
    let topology = cluster([5461, 10923, 16384])
    stores.adopt(topology)
    #expect(stores.looks.count == 3)
    for (key, master) in stores.looks {
      #expect(topology.master(of: key.slot) == master)
      let number = try #require(Int(key.text.dropFirst("queue:epoch:{".count).dropLast()))
      for smaller in 0..<number {
        #expect(topology.master(of: EventKeys.epoch(smaller).slot) != master)
      }
    }
    let key = try #require(stores.key(of: 6000))
    _ = look(&stores, .found(StoreEpoch(lostAt: 9)), at: key)
    #expect(stores.lostAt(6000) == 9)
    #expect(stores.lostAt(16000) == Knowledge.unknownStore)
  }

  @Test("a store that a failover or a resharding brought to another master has lost nothing")
  func moves() throws {
    var stores = Stores()
    stores.adopt(cluster([16384]))
    let key = stores.looks[0].key
    _ = look(&stores, .found(StoreEpoch(lostAt: 9)), at: key)
    stores.adopt(cluster([0, 16384]))
    #expect(stores.looks.map(\.key) == [key])
    #expect(!look(&stores, .missing, at: key))
    #expect(stores.lostAt(1) == 9)
    _ = look(&stores, .found(StoreEpoch(lostAt: 9)), at: key)
    #expect(look(&stores, .missing, at: key))
  }

  @Test("a slot without a master belongs to no store")
  func unserved() {
    var stores = Stores()
    stores.adopt(cluster([5461]))
    #expect(stores.key(of: 16000) == nil)
    #expect(stores.lostAt(16000) == Knowledge.unknownStore)
  }
}
