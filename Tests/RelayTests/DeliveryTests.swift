import Redis
import Testing

@testable import Relay

@Suite("Delivery")
struct DeliveryTests {
  private static let settings = Delivery.Settings(
    batch: 4, idle: Backoff(first: .milliseconds(10), longest: .milliseconds(40)),
    retry: Backoff(first: .milliseconds(100), longest: .milliseconds(400)))

  private func id(_ number: Int64) -> StreamID { StreamID(milliseconds: number, number: 0) }

  private func entry(_ number: Int64, epoch: String = "1", isSound: Bool = true) -> Entry {
    Entry(id(number), ["epoch", epoch, "user", "p\(number)"], isSound: isSound)
  }

  private func entries(_ numbers: ClosedRange<Int64>, epoch: String = "1") -> [Entry] {
    numbers.map { entry($0, epoch: epoch) }
  }

  /// A delivery that has claimed its sink, and what it wants then.
  private func claimed(
    _ positions: [String: Int64] = [:], latest: String? = nil
  ) -> (Delivery, Delivery.Action) {
    var delivery = Delivery(Self.settings)
    #expect(delivery.begin() == .claim)
    let action = delivery.claimed(
      Claim(fence: 7, positions: positions.mapValues { id($0) }, latest: latest))
    return (delivery, action)
  }

  // MARK: The usual way

  @Test("what is in the stream is written in order, a batch at a time, and then it looks again")
  func way() {
    var (delivery, first) = claimed()
    #expect(first == .read(from: nil, count: 5))
    #expect(delivery.oldest == nil)
    #expect(
      delivery.arrived(entries(1...5), jitter: 1) == .write(entries(1...4)[...], fence: 7))
    #expect(delivery.oldest == id(1))
    #expect(delivery.delivered == nil)
    #expect(delivery.written() == .write([entry(5)], fence: 7))
    #expect(delivery.delivered?.id == id(4))
    #expect(delivery.written() == .read(from: id(5), count: 5))
    #expect(delivery.oldest == nil)
    #expect(delivery.arrived([entry(5)], jitter: 1) == .rest(.milliseconds(10)))
    #expect(delivery.restEnded() == .read(from: id(5), count: 5))
    #expect(delivery.arrived([entry(5)], jitter: 1) == .rest(.milliseconds(20)))
    _ = delivery.restEnded()
    #expect(delivery.arrived([entry(5), entry(6)], jitter: 1) == .write([entry(6)], fence: 7))
    _ = delivery.written()
    #expect(delivery.arrived([entry(6)], jitter: 1) == .rest(.milliseconds(10)))
  }

  @Test("it begins at what was delivered last, if that is still there")
  func continuation() {
    var (delivery, first) = claimed(["1": 5, "0": 3], latest: "1")
    #expect(first == .read(from: id(5), count: 5))
    #expect(delivery.arrived(entries(5...6), jitter: 1) == .write([entry(6)], fence: 7))
  }

  @Test("one write has one epoch, and a position is that of its own epoch")
  func epochs() {
    var (delivery, _) = claimed(["1": 3])
    let mixed = entries(1...4) + entries(5...6, epoch: "2")
    #expect(delivery.arrived(mixed, jitter: 1) == .write([entry(4)], fence: 7))
    #expect(delivery.written() == .write(entries(5...6, epoch: "2")[...], fence: 7))
    #expect(delivery.written() == .read(from: id(6), count: 5))
    #expect(delivery.delivered?.epoch == "2")
  }

  // MARK: Losses

  @Test(
    "when the last entry read is gone, or another, the stream is read from its start",
    arguments: [[], [9], [6]])
  func loss(found: [Int64]) {
    var (delivery, _) = claimed(["1": 6], latest: "1")
    // The 6 that is there now is of another epoch.
    let entries = found.map { entry($0, epoch: $0 == 6 ? "2" : "1") }
    #expect(delivery.arrived(entries, jitter: 1) == .read(from: nil, count: 5))
  }

  @Test("after a rollback nothing is written twice and nothing is left out")
  func rollback() {
    var (delivery, _) = claimed()
    _ = delivery.arrived(entries(1...4), jitter: 1)
    _ = delivery.written()
    // 3 and 4 are gone, and what came instead has the old epoch first and then a new one, whose clock is
    // behind.
    #expect(delivery.arrived(entries(5...5), jitter: 1) == .read(from: nil, count: 5))
    let after = entries(1...2) + [entry(5), entry(3, epoch: "2")]
    #expect(delivery.arrived(after, jitter: 1) == .write([entry(5)], fence: 7))
    #expect(delivery.written() == .write([entry(3, epoch: "2")], fence: 7))
    #expect(delivery.written() == .read(from: id(3), count: 5))
  }

  @Test("when all that is read was delivered before, it reads on")
  func skipped() {
    var (delivery, _) = claimed(["1": 9])
    #expect(delivery.arrived(entries(1...5), jitter: 1) == .read(from: id(5), count: 5))
  }

  // MARK: Failures

  @Test("a failure for now asks the sink again how far it has come, later and later")
  func failures() {
    var (delivery, _) = claimed()
    _ = delivery.arrived(entries(1...2), jitter: 1)
    #expect(delivery.failed(.forNow, jitter: 1) == .rest(.milliseconds(100)))
    #expect(delivery.oldest == id(1))
    #expect(delivery.restEnded() == .claim)
    #expect(delivery.failed(.forNow, jitter: 1) == .rest(.milliseconds(200)))
    #expect(delivery.restEnded() == .claim)
    // It had been written after all.
    let action = delivery.claimed(Claim(fence: 9, positions: ["1": id(2)], latest: "1"))
    #expect(action == .read(from: id(2), count: 5))
    #expect(delivery.arrived(entries(2...3), jitter: 1) == .write([entry(3)], fence: 9))
  }

  @Test("a read that fails is repeated, and the sink is not asked")
  func readFailure() {
    var (delivery, _) = claimed()
    #expect(delivery.readFailed(jitter: 1) == .rest(.milliseconds(100)))
    #expect(delivery.restEnded() == .read(from: nil, count: 5))
  }

  @Test("one who is fenced gives up and stays so")
  func fenced() {
    var (delivery, _) = claimed()
    _ = delivery.arrived(entries(1...2), jitter: 1)
    #expect(delivery.failed(.fenced, jitter: 1) == .giveUp)
    #expect(delivery.written() == .giveUp)
    #expect(delivery.restEnded() == .giveUp)
    #expect(delivery.arrived(entries(1...2), jitter: 1) == .giveUp)
    #expect(delivery.readFailed(jitter: 1) == .giveUp)
    #expect(delivery.claimed(Claim(fence: 9, positions: [:], latest: nil)) == .giveUp)
  }

  @Test("the one entry that is refused for good is found and buried, and all others are written")
  func poison() {
    for bad in Int64(1)...4 {
      var (delivery, _) = claimed()
      var action = delivery.arrived(entries(1...4), jitter: 1)
      var (written, buried): ([Int64], [Int64]) = ([], [])
      var steps = 0
      while steps < 20 {
        steps += 1
        switch action {
        case .write(let batch, _) where batch.contains { $0.id == id(bad) }:
          action = delivery.failed(.forGood("no"), jitter: 1)
        case .write(let batch, _):
          written += batch.map(\.id.milliseconds)
          action = delivery.written()
        case .bury(let entry, let letter, _):
          #expect(letter == DeadLetter(reason: .refused, detail: "no"))
          buried.append(entry.id.milliseconds)
          action = delivery.written()
        default: steps = 100
        }
      }
      #expect(action == .read(from: id(4), count: 5))
      #expect(written == [1, 2, 3, 4].filter { $0 != bad })
      #expect(buried == [bad])
    }
  }

  @Test("an entry that is no text is buried without asking, in its turn")
  func malformed() {
    var (delivery, _) = claimed()
    let action = delivery.arrived([entry(1), entry(2, isSound: false), entry(3)], jitter: 1)
    #expect(action == .write([entry(1)], fence: 7))
    guard case .bury(let buried, let letter, 7) = delivery.written() else {
      Issue.record("it is not buried")
      return
    }
    #expect(buried.id == id(2))
    #expect(letter.reason == .malformed)
    #expect(delivery.written() == .write([entry(3)], fence: 7))
  }

  @Test("where not even a dead letter is taken, it rests and claims again")
  func noLetters() {
    var (delivery, _) = claimed()
    _ = delivery.arrived([entry(1)], jitter: 1)
    guard case .bury = delivery.failed(.forGood("no"), jitter: 1) else {
      Issue.record("it is not buried")
      return
    }
    #expect(delivery.failed(.forGood("no"), jitter: 1) == .rest(.milliseconds(100)))
    #expect(delivery.restEnded() == .claim)
  }
}
