import Loop
import Redis

/// The stores that one Redis consists of: one for each master, named by the smallest number whose slot
/// it owns.
struct Stores: Sendable {
  private struct Store: Sendable {
    let key: Key
    var master: SocketAddress
    /// The master at the last look.
    var lastMaster: SocketAddress
    /// Whether it came to be while others were known: slots moved, and their events are judged by
    /// ticks.
    let isLate: Bool
    var watch = EpochWatch()
  }

  private var stores: [Store] = []
  /// For each slot the place of its store; empty where one has all.
  private var places: [UInt16] = []

  /// Redis consists of these masters from now on.
  mutating func adopt(_ topology: Topology) {
    let (known, areLate) = (stores, areKnown)
    let keys = Self.keys(of: topology)
    stores = topology.masters.compactMap { master in
      guard let key = keys[master] else { return nil }
      var store =
        known.first { $0.key == key }
        ?? Store(key: key, master: master, lastMaster: master, isLate: areLate)
      store.master = master
      return store
    }
    // One that has everything has it wherever it is.
    if topology.isSingle, !stores.isEmpty { stores[0].lastMaster = stores[0].master }
    var place: [SocketAddress: UInt16] = [:]
    for (number, store) in stores.enumerated() { place[store.master] = UInt16(number) }
    places =
      topology.isSingle
      ? []
      : (0..<UInt16(Topology.slotCount)).map { slot in
        topology.master(of: slot).flatMap { place[$0] } ?? .max
      }
  }

  /// `queue:epoch:{n}` of each master that owns a slot.
  private static func keys(of topology: Topology) -> [SocketAddress: Key] {
    if topology.isSingle {
      return Dictionary(uniqueKeysWithValues: topology.masters.map { ($0, EventKeys.epoch(0)) })
    }
    let owners = Set((0..<UInt16(Topology.slotCount)).compactMap { topology.master(of: $0) })
    var keys: [SocketAddress: Key] = [:]
    // Far more numbers than there are slots: each slot has one.
    for number in 0..<400_000 where keys.count < owners.count {
      let key = EventKeys.epoch(number)
      if let master = topology.master(of: key.slot), keys[master] == nil { keys[master] = key }
    }
    return keys
  }

  private func place(of slot: UInt16) -> Int? {
    if places.isEmpty { return stores.isEmpty ? nil : 0 }
    let place = Int(places[Int(slot)])
    return place < stores.count ? place : nil
  }

  /// Where to look, and for what.
  var looks: [(key: Key, master: SocketAddress)] { stores.map { ($0.key, $0.master) } }

  /// Whether the epoch of any store is known.
  var areKnown: Bool { stores.contains { $0.watch.epoch != nil } }

  /// When the store of a slot lost what it held; ``Knowledge/unknownStore`` if that is not known.
  func lostAt(_ slot: UInt16) -> Int64 {
    guard let place = place(of: slot) else { return Knowledge.unknownStore }
    let store = stores[place]
    return store.watch.epoch?.lostAt ?? (store.isLate ? 0 : Knowledge.unknownStore)
  }

  /// The key of the epoch of a slot's store.
  func key(of slot: UInt16) -> Key? { place(of: slot).map { stores[$0].key } }

  /// See ``EpochWatch``.
  mutating func looked(
    _ finding: EpochWatch.Finding, at key: Key, now: Instant, time: Int64, grace: Duration
  ) -> (action: EpochWatch.Action, isLoss: Bool) {
    guard let place = stores.firstIndex(where: { $0.key == key }) else { return (.nothing, false) }
    let isMoved = stores[place].master != stores[place].lastMaster
    stores[place].lastMaster = stores[place].master
    return stores[place].watch.looked(
      finding, isMoved: isMoved, at: now, time: time, grace: stores[place].isLate ? .zero : grace)
  }

  /// See ``EpochWatch``; the key as well.
  mutating func lost(
    _ slot: UInt16, since time: Int64, knownUpTo tick: Int64
  ) -> (key: Key, epoch: StoreEpoch)? {
    guard let place = place(of: slot) else { return nil }
    return stores[place].watch.lost(since: time, knownUpTo: tick).map { (stores[place].key, $0) }
  }
}
