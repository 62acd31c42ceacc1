import Loop
import Testing

@testable import Redis

@Suite struct PoolMachineTests {
  private typealias Machine = PoolMachine<String>

  private func time(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  /// Two connections of two commands each, none of them kept; 100 ms of waiting, 30 s of idleness,
  /// pauses of 50 ms and more.
  private func machine(_ adjust: (inout PoolSettings) -> Void = { _ in }) -> Machine {
    var settings = PoolSettings()
    settings.max = 2
    settings.minIdle = 0
    settings.pipelineDepth = 2
    adjust(&settings)
    return Machine(settings)
  }

  private let refused = CloseCause(.lost, "refused")

  /// A machine in which the connections of the first slots became ready at 0 ms.
  private func ready(_ count: Int, _ adjust: (inout PoolSettings) -> Void = { _ in }) -> Machine {
    var machine = machine {
      $0.minIdle = count
      adjust(&$0)
    }
    #expect(machine.start(at: time(0)).open == Array(0..<count))
    for slot in 0..<count { _ = machine.becameReady(slot, at: time(0)) }
    return machine
  }

  // MARK: - Placing

  @Test("the fullest connection with room is preferred, and its depth is never exceeded")
  func placing() {
    var machine = ready(2)
    #expect((0..<5).map { _ in machine.place() } == [0, 0, 1, 1, nil])
    _ = machine.finished(1, at: time(1))
    _ = machine.finished(0, at: time(1))
    _ = machine.finished(0, at: time(1))
    // Slot 1 has one command in flight, slot 0 none.
    #expect((0..<4).map { _ in machine.place() } == [1, 0, 0, nil])
  }

  @Test("with a depth of 1, a connection takes one command at a time")
  func classicPool() {
    var machine = ready(2) { $0.pipelineDepth = 1 }
    #expect((0..<3).map { _ in machine.place() } == [0, 1, nil])
    _ = machine.finished(0, at: time(1))
    #expect((0..<2).map { _ in machine.place() } == [0, nil])
  }

  @Test("nobody is placed before those who wait")
  func noOvertaking() {
    var machine = ready(1) {
      $0.max = 1
      $0.pipelineDepth = 1
    }
    _ = machine.place()
    _ = machine.wait("a", at: time(1))
    _ = machine.wait("b", at: time(2))
    guard case .send(let first) = machine.finished(0, at: time(3)) else {
      Issue.record("the first who waits gets the place")
      return
    }
    #expect(first.payload == "a")
    #expect(first.since == time(1))
    #expect(machine.place() == nil)
    #expect(machine.occupancy.waiting == 1)
  }

  @Test("used, idle and waiting are counted")
  func occupancy() {
    var machine = ready(2)
    #expect(machine.occupancy == PoolOccupancy(used: 0, idle: 2, waiting: 0))
    for _ in 0..<3 { _ = machine.place() }
    #expect(machine.occupancy == PoolOccupancy(used: 2, idle: 0))
    _ = machine.finished(1, at: time(1))
    #expect(machine.occupancy == PoolOccupancy(used: 1, idle: 1))
    _ = machine.ended(0, CloseCause(.lost, "lost"), at: time(2), jitter: 1)
    #expect(machine.occupancy == PoolOccupancy(used: 0, idle: 1))
  }

  // MARK: - Opening

  @Test("what is kept is opened at the start, not more")
  func start() {
    var none = machine()
    #expect(none.start(at: time(0)).open == [])
    var two = machine { $0.minIdle = 2 }
    #expect(two.start(at: time(0)).open == [0, 1])
    var more = machine { $0.minIdle = 5 }
    #expect(more.start(at: time(0)).open == [0, 1])
  }

  @Test("another is opened only when those being opened could not take all who wait")
  func openingOnDemand() {
    var machine = machine { $0.max = 3 }
    let opened = (0..<9).map { machine.wait("\($0)", at: time(0)).open }
    #expect(opened == [[0], [], [1], [], [2], [], [], [], []])
    #expect(machine.becameReady(1, at: time(1)).send.map(\.waiter.payload) == ["0", "1"])
    #expect(machine.becameReady(0, at: time(1)).send.map(\.slot) == [0, 0])
  }

  @Test("a connection that was lost at work is replaced at once, if it is needed")
  func replaced() {
    var needed = ready(1)
    _ = needed.place()
    _ = needed.finished(0, at: time(1))
    #expect(needed.ended(0, CloseCause(.lost, "lost"), at: time(2), jitter: 1).open == [0])
    var spare = ready(2)
    _ = spare.place()
    _ = spare.finished(0, at: time(1))
    #expect(spare.ended(0, CloseCause(.lost, "lost"), at: time(2), jitter: 1).open == [0])
  }

  // MARK: - Failures

  @Test("after a failure there is a pause, and then one attempt")
  func pause() {
    var machine = machine { $0.minIdle = 2 }
    _ = machine.start(at: time(0))
    #expect(machine.ended(0, refused, at: time(10), jitter: 0.5).open == [])
    // The other attempt of the same moment fails too; that is one failure, not two.
    #expect(machine.ended(1, refused, at: time(11), jitter: 1).open == [])
    #expect(machine.nextDeadline == time(35))
    #expect(machine.deadlineReached(at: time(34)).open == [])
    #expect(machine.deadlineReached(at: time(35)).open == [0])
    #expect(machine.nextDeadline == nil)
    _ = machine.ended(0, refused, at: time(40), jitter: 1)
    #expect(machine.nextDeadline == time(140))
  }

  @Test("where there is hope the pause ends at once, with one attempt")
  func hope() {
    var machine = machine { $0.minIdle = 2 }
    _ = machine.start(at: time(0))
    for slot in 0..<2 { _ = machine.ended(slot, refused, at: time(10), jitter: 1) }
    #expect(machine.tryNow(at: time(11)).open == [0])
    #expect(machine.tryNow(at: time(12)).open == [])
    // The pauses grow as before.
    _ = machine.ended(0, refused, at: time(20), jitter: 1)
    #expect(machine.nextDeadline == time(120))
  }

  @Test("once one is ready the others follow, one after the other until a command is answered")
  func reconnect() {
    var machine = machine {
      $0.max = 4
      $0.minIdle = 3
    }
    _ = machine.start(at: time(0))
    for slot in 0..<3 { _ = machine.ended(slot, refused, at: time(10), jitter: 0) }
    #expect(machine.deadlineReached(at: time(10)).open == [0])
    #expect(machine.becameReady(0, at: time(20)).open == [1])
    _ = machine.place()
    _ = machine.finished(0, at: time(21))
    #expect(machine.becameReady(1, at: time(22)).open == [2])
  }

  @Test("a Redis that accepts and drops is not stormed")
  func flapping() {
    var machine = machine { $0.minIdle = 1 }
    _ = machine.start(at: time(0))
    var pauses: [Duration] = []
    var now = time(0)
    for _ in 0..<4 {
      _ = machine.becameReady(0, at: now)
      #expect(machine.ended(0, CloseCause(.lost, "dropped"), at: now, jitter: 1).open == [])
      guard let next = machine.nextDeadline else { break }
      pauses.append(next - now)
      now = next
      #expect(machine.deadlineReached(at: now).open == [0])
    }
    #expect(pauses == [50, 100, 200, 400].map { .milliseconds($0) })
  }

  @Test("an answered command ends the memory of failures")
  func forgiven() {
    var machine = machine { $0.minIdle = 1 }
    _ = machine.start(at: time(0))
    _ = machine.ended(0, refused, at: time(0), jitter: 1)
    _ = machine.deadlineReached(at: time(50))
    _ = machine.becameReady(0, at: time(60))
    _ = machine.place()
    _ = machine.finished(0, at: time(61))
    #expect(machine.ended(0, CloseCause(.lost, "lost"), at: time(62), jitter: 1).open == [0])
    _ = machine.ended(0, refused, at: time(63), jitter: 1)
    #expect(machine.nextDeadline == time(63 + 50))
  }

  @Test("nobody opens anything for nobody")
  func noDemand() {
    var machine = machine()
    _ = machine.wait("a", at: time(0))
    _ = machine.ended(0, refused, at: time(1), jitter: 0.1)
    #expect(machine.nextDeadline == time(6))
    #expect(machine.deadlineReached(at: time(100)).fail.count == 1)
  }

  // MARK: - Waiting

  @Test("who waits in vain hears that all are busy, at the nanosecond and not before")
  func exhausted() {
    var machine = ready(1) {
      $0.max = 1
      $0.pipelineDepth = 1
    }
    _ = machine.place()
    _ = machine.wait("a", at: time(5))
    _ = machine.wait("b", at: time(6))
    #expect(machine.nextDeadline == time(105))
    let justBefore = Instant(nanoseconds: time(105).nanoseconds - 1)
    #expect(machine.deadlineReached(at: justBefore).fail.isEmpty)
    let failed = machine.deadlineReached(at: time(105)).fail
    #expect(failed.map(\.waiter.payload) == ["a"])
    #expect(failed.map(\.error) == [.poolExhausted])
    #expect(machine.nextDeadline == time(106))
  }

  @Test("without any connection, who waits in vain hears why there is none")
  func unavailable() {
    var machine = machine()
    _ = machine.wait("a", at: time(0))
    #expect(
      machine.deadlineReached(at: time(100)).fail[0].error
        == .unavailable("no connection is ready yet"))
    _ = machine.wait("b", at: time(100))
    _ = machine.ended(0, refused, at: time(110), jitter: 1)
    #expect(machine.deadlineReached(at: time(200)).fail[0].error == .unavailable("refused"))
  }

  // MARK: - Idleness

  @Test("surplus connections are closed when they have been idle long enough, oldest first")
  func idleSurplus() {
    var machine = machine {
      $0.max = 3
      $0.minIdle = 1
    }
    _ = machine.start(at: time(0))
    for name in ["a", "b", "c", "d", "e", "f"] { _ = machine.wait(name, at: time(0)) }
    for slot in 0..<3 { _ = machine.becameReady(slot, at: time(0)) }
    for slot in [2, 2, 0, 0, 1] { _ = machine.finished(slot, at: time(1000 + Int64(slot))) }
    // Slot 1 still has a command in flight.
    #expect(machine.nextDeadline == time(30_000))
    #expect(machine.deadlineReached(at: time(30_000)).close.isEmpty)
    #expect(machine.nextDeadline == time(31_000))
    #expect(machine.deadlineReached(at: time(31_000)).close.map(\.slot) == [0])
    #expect(machine.nextDeadline == time(31_002))
    let closed = machine.deadlineReached(at: time(31_002)).close
    #expect(closed.map(\.slot) == [2])
    #expect(closed.map(\.reason) == [.idle])
    // The one that is left is kept.
    #expect(machine.nextDeadline == nil)
    #expect(machine.ended(0, CloseCause(.idle, ""), at: time(31_003), jitter: 1).open == [])
    #expect(machine.occupancy == PoolOccupancy(used: 1, idle: 0))
  }

  // MARK: - Closing

  @Test("closing fails who waits and closes everything")
  func closing() {
    var machine = ready(1) { $0.pipelineDepth = 1 }
    _ = machine.place()
    _ = machine.wait("a", at: time(0))
    let orders = machine.close(draining: false)
    #expect(orders.fail.map(\.error) == [.unavailable("the pool is closed")])
    #expect(orders.close.map(\.slot) == [0, 1])
    #expect(!machine.isOver)
    for slot in 0...1 {
      #expect(machine.ended(slot, CloseCause(.shutdown, ""), at: time(1), jitter: 1).open == [])
    }
    #expect(machine.isOver)
    #expect(machine.place() == nil)
    #expect(
      machine.wait("b", at: time(2)).fail.map(\.error) == [.unavailable("the pool is closed")])
    #expect(machine.nextDeadline == nil)
  }

  @Test("draining lets each connection finish what it has")
  func draining() {
    var machine = ready(2)
    for _ in 0..<3 { _ = machine.place() }
    _ = machine.finished(1, at: time(1))
    #expect(machine.close(draining: true).close.map(\.slot) == [1])
    #expect(machine.place() == nil)
    guard case .nothing = machine.finished(0, at: time(2)) else {
      Issue.record("one command is still in flight")
      return
    }
    guard case .close(.shutdown) = machine.finished(0, at: time(3)) else {
      Issue.record("that was the last")
      return
    }
    _ = machine.ended(1, CloseCause(.shutdown, ""), at: time(4), jitter: 1)
    #expect(!machine.isOver)
    _ = machine.ended(0, CloseCause(.shutdown, ""), at: time(4), jitter: 1)
    #expect(machine.isOver)
  }

  @Test("what becomes ready after the pool was closed was closed with it")
  func lateOpening() {
    var machine = machine { $0.minIdle = 1 }
    _ = machine.start(at: time(0))
    #expect(machine.close(draining: true).close.map(\.slot) == [0])
    _ = machine.ended(0, CloseCause(.shutdown, ""), at: time(1), jitter: 1)
    #expect(machine.isOver)
  }

  // MARK: - Anything at all

  @Test("whatever happens, limits hold, order holds, and nobody waits too long", arguments: 1...20)
  func anything(seed: UInt64) {
    var walk = RandomWalk(seed: seed)
    for _ in 0..<3000 { walk.step() }
    walk.finish()
  }
}

/// Random events, checked against the simplest model of a pool.
private struct RandomWalk {
  private var random: Generator
  private var settings = PoolSettings()
  private var machine: PoolMachine<Int>
  private var now = Instant(nanoseconds: 0)
  private var opening: Set<Int> = []
  private var loads: [Int: Int] = [:]
  private var next = 0
  private var lastLeft = -1

  init(seed: UInt64) {
    random = Generator(state: seed)
    settings.max = .random(in: 1...4, using: &random)
    settings.minIdle = .random(in: 0...2, using: &random)
    settings.pipelineDepth = .random(in: 1...3, using: &random)
    machine = PoolMachine(settings)
    carryOut(machine.start(at: now))
  }

  mutating func step() {
    now = now + .microseconds(Int.random(in: 0...20_000, using: &random))
    if let deadline = machine.nextDeadline, deadline <= now {
      carryOut(machine.deadlineReached(at: now))
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<4: request()
    case 4..<7: finish(loads.keys.sorted().randomElement(using: &random))
    case 7, 8: settle(opening.sorted().randomElement(using: &random))
    default: lose(loads.keys.sorted().randomElement(using: &random))
    }
    check()
  }

  /// Lets the time of all who wait run out.
  mutating func finish() {
    now = now + settings.wait
    carryOut(machine.deadlineReached(at: now))
    #expect(machine.occupancy.waiting == 0)
    #expect(lastLeft == next - 1)
  }

  private mutating func request() {
    let name = next
    next += 1
    if let slot = machine.place() {
      send(name, to: slot)
    } else {
      carryOut(machine.wait(name, at: now))
    }
  }

  private mutating func finish(_ slot: Int?) {
    guard let slot, let load = loads[slot], load > 0 else { return }
    loads[slot] = load - 1
    if case .send(let waiter) = machine.finished(slot, at: now) { send(waiter.payload, to: slot) }
  }

  private mutating func settle(_ slot: Int?) {
    guard let slot else { return }
    opening.remove(slot)
    if Bool.random(using: &random) {
      loads[slot] = 0
      carryOut(machine.becameReady(slot, at: now))
    } else {
      fail(slot)
    }
  }

  private mutating func lose(_ slot: Int?) {
    guard let slot else { return }
    loads[slot] = nil
    fail(slot)
  }

  private mutating func fail(_ slot: Int) {
    let jitter = Double.random(in: 0..<1, using: &random)
    carryOut(machine.ended(slot, CloseCause(.lost, "lost"), at: now, jitter: jitter))
  }

  private mutating func carryOut(_ orders: PoolMachine<Int>.Orders) {
    for slot in orders.open { #expect(opening.insert(slot).inserted && loads[slot] == nil) }
    for (slot, _) in orders.close {
      #expect(loads.removeValue(forKey: slot) == 0)
      _ = machine.ended(slot, CloseCause(.idle, ""), at: now, jitter: 1)
    }
    for (slot, waiter) in orders.send { send(waiter.payload, to: slot) }
    for (waiter, _) in orders.fail {
      #expect(waiter.since + settings.wait <= now)
      leave(waiter.payload)
    }
  }

  private mutating func send(_ name: Int, to slot: Int) {
    loads[slot, default: 0] += 1
    leave(name)
  }

  /// Commands leave the pool in the order in which they came, with or without luck.
  private mutating func leave(_ name: Int) {
    #expect(name > lastLeft)
    lastLeft = name
  }

  private func check() {
    #expect(opening.count + loads.count <= settings.max)
    #expect(loads.values.allSatisfy { $0 <= settings.pipelineDepth })
    #expect(machine.occupancy.used == loads.values.count { $0 > 0 })
    #expect(machine.occupancy.idle == loads.values.count { $0 == 0 })
    #expect(
      machine.occupancy.waiting == 0 || loads.values.allSatisfy { $0 == settings.pipelineDepth })
    #expect(machine.occupancy.waiting == 0 || machine.nextDeadline != nil)
  }
}

/// A small generator, the same on every run (SplitMix64).
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
