import Loop
import Testing

@testable import Redis

@Suite struct TopologyInquiryTests {
  private let a = endpoint("a"), b = endpoint("b"), c = endpoint("c")
  private var inquiry: TopologyInquiry

  private static func endpoint(_ host: String) -> Endpoint {
    Endpoint(address: .tcp(host: host, port: 1))
  }

  private func time(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  init() {
    inquiry = TopologyInquiry(seeds: [a, b, c], interval: .seconds(15))
  }

  /// Asks at the time 0, and has the first seed answer.
  private mutating func begin(others: [Endpoint] = [], jitter: Double = 0.5) {
    #expect(inquiry.timeReached(at: time(0)) == .ask(a))
    _ = inquiry.answered(others: others, changed: true, at: time(10), jitter: jitter)
  }

  @Test("asks one seed after the other until one answers")
  mutating func seeds() {
    #expect(inquiry.timeReached(at: time(0)) == .ask(a))
    #expect(inquiry.failed(at: time(10), jitter: 0) == .ask(b))
    #expect(inquiry.failed(at: time(20), jitter: 0) == .ask(c))
    let rest = inquiry.answered(others: [], changed: true, at: time(30), jitter: 0.5)
    #expect(rest == .wait(until: time(15_030)))
    #expect(inquiry.timeReached(at: time(15_030)) == .ask(c))
  }

  @Test("when no server answers it begins again after a second, with the next")
  mutating func noServer() {
    _ = inquiry.timeReached(at: time(0))
    _ = inquiry.failed(at: time(10), jitter: 0)
    _ = inquiry.failed(at: time(20), jitter: 0)
    #expect(inquiry.failed(at: time(30), jitter: 0.5) == .wait(until: time(1100)))
    #expect(inquiry.timeReached(at: time(1100)) == .ask(a))
  }

  @Test("a client in trouble is heard at once, and by chance a little later")
  mutating func trouble() {
    begin()
    #expect(
      inquiry.wanted(avoiding: nil, at: time(5000), jitter: 0.5) == .wait(until: time(5025)))
    #expect(inquiry.wanted(avoiding: nil, at: time(5010), jitter: 0.9) == .nothing)
    #expect(inquiry.timeReached(at: time(5024)) == .wait(until: time(5025)))
    #expect(inquiry.timeReached(at: time(5025)) == .ask(a))
  }

  @Test("inquiries begin at least a second apart, however many are in trouble")
  mutating func pace() {
    begin()
    var began = [time(0)]
    for millisecond in stride(from: Int64(10), to: 20_000, by: 10) {
      let now = time(millisecond)
      _ = inquiry.wanted(avoiding: nil, at: now, jitter: 0.3)
      if case .ask = inquiry.timeReached(at: now) {
        began.append(now)
        _ = inquiry.answered(others: [], changed: false, at: now, jitter: 0.3)
      }
    }
    #expect(began.count > 15)
    for (earlier, later) in zip(began, began.dropFirst()) {
      #expect(later - earlier >= .seconds(1))
      #expect(later - earlier <= .milliseconds(1200))
    }
  }

  @Test("those it learns of are asked like the seeds, and the one in trouble last")
  mutating func learned() {
    let (d, e) = (Self.endpoint("d"), Self.endpoint("e"))
    begin(others: [a, d, e])
    _ = inquiry.wanted(avoiding: a.address, at: time(5000), jitter: 0)
    #expect(inquiry.timeReached(at: time(5000)) == .ask(d))
    let order = (0..<4).map { _ in inquiry.failed(at: time(5010), jitter: 0) }
    #expect(order == [.ask(e), .ask(b), .ask(c), .ask(a)])
  }

  @Test("of very many that it learned of, it asks a few before it comes back to the seeds")
  mutating func many() {
    begin(others: (0..<2000).map { Self.endpoint("n\($0)") })
    // The seed that answered is asked first, and does not this time.
    #expect(inquiry.timeReached(at: time(30_000)) == .ask(a))
    for _ in 0..<2 { _ = inquiry.failed(at: time(30_000), jitter: 0) }
    #expect(inquiry.failed(at: time(30_000), jitter: 0) == .ask(Self.endpoint("n0")))
    _ = inquiry.answered(
      others: (0..<2000).map { Self.endpoint("m\($0)") }, changed: true,
      at: time(30_010), jitter: 0.5)
    var asked: [Endpoint] = []
    var action = inquiry.timeReached(at: time(60_000))
    while case .ask(let endpoint) = action, endpoint != a {
      asked.append(endpoint)
      action = inquiry.failed(at: time(60_000), jitter: 0)
    }
    #expect(asked.count <= 18)
  }

  @Test("a server that knew nothing new when there was trouble is not asked first again")
  mutating func noHelp() {
    begin()
    _ = inquiry.wanted(avoiding: nil, at: time(5000), jitter: 0)
    #expect(inquiry.timeReached(at: time(5000)) == .ask(a))
    _ = inquiry.answered(others: [], changed: false, at: time(5010), jitter: 0.5)
    _ = inquiry.wanted(avoiding: nil, at: time(7000), jitter: 0)
    #expect(inquiry.timeReached(at: time(7000)) == .ask(b))
  }

  @Test("trouble during an inquiry is answered by it, or makes the next one ask another server")
  mutating func meanwhile() {
    #expect(inquiry.timeReached(at: time(0)) == .ask(a))
    #expect(inquiry.wanted(avoiding: nil, at: time(5), jitter: 0) == .nothing)
    #expect(inquiry.isUrgent)
    _ = inquiry.answered(others: [], changed: true, at: time(10), jitter: 0.5)
    #expect(!inquiry.isUrgent)
  }
}
