import Foundation
import Locking
import TestSupport
import Testing

/// A cluster, one usher and a load at 20 events on all its shards, while a test does to the cluster
/// what it likes; and what must be true of all that happened.
final class ClusterUnderLoad: Sendable {
  static let (burst, rate) = (3.0, 1.0)
  static let parts = 3

  let cluster: RedisCluster
  let usher: UsherProcess
  let load: ClientLoad
  let probe: WriteProbe
  let tally: CommandTally
  /// Those of one part are those with the same remainder by ``parts``. Their slots are among the first
  /// ``reserved`` of the part.
  let events: [String]
  private let losses = Lock<[History.Loss]>([])
  private let troubleBegan = Lock(Double.infinity)

  static let reserved = 150

  /// - Parameter pause: From one exchange of a thread of the load to its next.
  init(_ cluster: RedisCluster, pause: Duration = .milliseconds(100)) throws {
    self.cluster = cluster
    events = try Self.events(in: cluster)
    let fixture = try UsherFixture(
      redis: .nodes(cluster),
      flags: [
        "--fronts", "2", "--admission-burst", "\(Int(Self.burst))", "--admission-rate",
        "\(Int(Self.rate))", "--presence-ttl", "10m", "--presence-head-ttl", "10m",
        "--grant-ttl", "10m", "--rebuild-window", "21s",
      ], secret: ClientLoad.secret)
    usher = fixture.usher
    load = ClientLoad(usher, events: events, pause: pause)
    probe = WriteProbe(cluster, load, keys: events.prefix(Self.parts).map { "probe:{\($0)}" })
    tally = CommandTally(cluster, load)
  }

  /// Names whose slots are where they are wanted.
  private static func events(in cluster: RedisCluster) throws -> [String] {
    let names = (0..<5000).map { "event-\($0)" }
    let connection = try cluster.nodes[0].server.connect()
    let slots = try connection.send(pipeline: names.map { ["CLUSTER", "KEYSLOT", $0] })
    let share = RedisCluster.slots / parts
    var byPart = (0..<parts).map { part in
      zip(names, slots).filter { _, slot in
        let first = part * share
        return (first..<first + reserved).contains(Int(slot.integer ?? -1))
      }.map(\.0)
    }
    guard byPart.allSatisfy({ $0.count >= 7 }) else {
      throw TestFailure("too few names: \(byPart)")
    }
    return (0..<ClientLoad.threads).map { byPart[$0 % parts].removeFirst() }
  }

  /// Lets the load come, measures peace for some seconds, has `director` do its worst, and lets
  /// all clients be answered at last.
  func run(_ director: @escaping @Sendable (ClusterUnderLoad) throws -> Void) throws {
    _ = try parallel(ClientLoad.threads + 3) { [self] number in
      switch number {
      case ClientLoad.threads: probe.work()
      case ClientLoad.threads + 1: tally.work()
      case ClientLoad.threads + 2: try direct(director)
      default: try load.work(number)
      }
    }
    tally.read()
  }

  private func direct(_ director: @Sendable (ClusterUnderLoad) throws -> Void) throws {
    defer { load.end() }
    wait(until: 8)
    tally.read()
    troubleBegan.withLock { $0 = load.now }
    try director(self)
    // Requests under way are answered by then.
    wait(until: load.now + 1)
    try cluster.awaitWhole()
  }

  /// Waits until so many seconds after the beginning.
  func wait(until time: Double) {
    while load.now < time { usleep(10_000) }
  }

  /// Between these times, what the nodes of a part were told may have got lost.
  func note(lossOf part: Int, from start: Double, to end: Double) {
    let loss = History.Loss(from: start, to: end, events: Set(events(of: part)))
    losses.withLock { $0.append(loss) }
  }

  var history: History {
    var history = load.history
    history.losses = losses.withLock { $0 }
    return history
  }

  func events(of part: Int) -> [String] { events.filter { self.part(of: $0) == part } }

  func part(of event: String) -> Int { (events.firstIndex(of: event) ?? 0) % Self.parts }

  /// When the test began to do what it does.
  var trouble: Double { troubleBegan.withLock { $0 } }
}

extension ClusterUnderLoad {
  /// No client saw anything that it must not see, no person lost a place, no place was given twice, and no
  /// bucket let in more than it may.
  func expectOrder(slowest: Double = 2) throws {
    let history = history
    #expect(history.exchanges.count > 1000)
    #expect(history.improper(slowest: slowest).prefix(10) == [])
    #expect(history.placesGivenTwice().prefix(10) == [])
    #expect(history.grantedTwice().prefix(10) == [])
    var (lost, resumed, admitted) = (0, 0, 0)
    for event in events {
      let trail = try AuditTrail(of: event, in: cluster)
      #expect(trail.faults(burst: Self.burst, rate: Self.rate).prefix(5) == [], "\(event)")
      let forgotten = history.admissionsForgotten(trail, of: event)
      #expect(forgotten.faults == [])
      let line = try cluster.send("ZRANGE", "queue:event:{\(event)}", "0", "-1").texts
      #expect(history.disorder(line, at: event).prefix(5) == [], "\(event)")
      lost += forgotten.lost
      resumed += trail.entries.count { $0.operation == "resume" }
      admitted += trail.admissions.count
    }
    if history.losses.isEmpty { #expect(lost == 0) }
    print(
      "cluster under load: \(history.exchanges.count) exchanges in \(Int(load.now)) s, \(admitted) admitted,",
      "\(lost) admissions lost, \(resumed) came back to their places")
  }

  /// Of the requests for events whose node had accepted writes for 2 s, 99 % were served, those not
  /// counted that could not be.
  func expectService(except isExcused: (History.Exchange) -> Bool = { _ in false }) {
    let judged = history.exchanges.filter { exchange in
      if isExcused(exchange) { return false }
      let part = part(of: exchange.event)
      guard let since = probe.acceptsSince(part, at: exchange.sent) else { return false }
      return exchange.sent >= since + 2 && probe.acceptsSince(part, at: exchange.received) == since
    }
    let served = judged.count(where: \.isAnswered)
    let share = Double(served) / Double(max(1, judged.count))
    let all = history.exchanges
    print(
      "cluster under load: served \(served) of \(judged.count) (\(share)) where writes had been accepted for 2 s;",
      "\(all.count(where: \.isAnswered)) of \(all.count) in all, the slowest after",
      "\(all.map { $0.received - $0.sent }.max() ?? 0) s")
    #expect(judged.count > 1000)
    #expect(
      share >= 0.99,
      """
      of \(judged.count); not served: \(Self.account(judged.filter { !$0.isAnswered }))
      \(state)
      \(usher.logLines.suffix(30).joined(separator: "\n"))
      """)
  }

  /// What usher and the cluster say of themselves now.
  private var state: String {
    let page = (try? usher.admin().get("/metrics"))?.text ?? "no metrics"
    let lines = page.split(separator: "\n").filter {
      $0.hasPrefix("usher_redis_") && !$0.contains("_bucket") && !$0.hasSuffix(" 0")
        && !$0.contains("duration")
    }
    let nodes = cluster.running.compactMap { try? $0.server.send("CLUSTER", "NODES").text }
    return (lines.map(String.init) + nodes).joined(separator: "\n")
  }

  /// How many there were in each second, of which event.
  private static func account(_ exchanges: [History.Exchange]) -> String {
    let seconds = Dictionary(grouping: exchanges) { Int($0.sent) }.sorted { $0.key < $1.key }
    return seconds.map { second, exchanges in
      let events = Dictionary(grouping: exchanges, by: \.event).mapValues(\.count)
      return "\n\(second) s: \(events.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"
    }.joined()
  }

  /// Redis was asked hardly more than in peace for the same, and for its topology once a second.
  func expectThrift() {
    let end = load.now
    let (peace, meanwhile) = (
      commandsPerNeed(from: 3, to: trouble), commandsPerNeed(from: trouble, to: end)
    )
    let refreshes = tally.counted(from: 0, to: end).refreshes
    print(
      "cluster under load: \(meanwhile / peace) commands for each one in peace; \(refreshes) topology refreshes in",
      "\(Int(end)) s")
    #expect(meanwhile <= 1.1 * peace, "\(meanwhile) for \(peace) in peace")
    #expect(Double(refreshes) <= end + 1)
  }

  /// Commands that Redis was asked, for each that the requests of that time need.
  private func commandsPerNeed(from: Double, to: Double) -> Double {
    let counted = tally.counted(from: from, to: to)
    let needed = history.exchanges.filter { counted.from <= $0.sent && $0.sent < counted.to }
      .reduce(0) { $0 + Self.need[$1.operation, default: 0] }
    return Double(counted.asked) / Double(max(1, needed))
  }

  /// EVALSHA, ZSCORE and ZRANK, those in the scripts included.
  private static let need: [History.Operation: Int] = [.join: 1, .status: 2, .enter: 4, .leave: 2]
}
