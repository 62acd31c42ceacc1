import Testing

@testable import Queue

@Suite("Pace")
struct PaceTests {
  /// A line of `length` at second 1,000 of Redis time.
  private func line(
    length: Int, tokens: Double = 0, rate: Double = 10, burst: Double = 100
  ) -> LineSnapshot {
    LineSnapshot(time: 1_000_000_000, length: length, tokens: tokens, rate: rate, burst: burst)
  }

  /// What a person there is told, in seconds.
  private func seconds(_ state: LineSnapshot, _ position: Int) -> Int? {
    Pace(state).eta(position: position, at: state.time).seconds
  }

  @Test("whoever the bucket covers may be called at any moment; the called take no further token")
  func covered() {
    var state = line(length: 50, tokens: 7.9)
    #expect(seconds(state, 7) == 1)
    // 0.1 tokens more are refilled in 10 ms, 33.1 in 3.31 s.
    #expect(seconds(state, 8) == 1)
    #expect(seconds(state, 41) == 4)
    (state.called, state.settled) = (3, 5)
    #expect(seconds(state, 12) == 1)
    #expect(seconds(state, 46) == 4)
  }

  @Test("a place behind the tokens waits for the refill")
  func refill() {
    let eta = Pace(line(length: 500, tokens: 20)).eta(position: 120, at: 1_000_000_000)
    #expect(eta == ETA(seconds: 10, low: 8, high: 12))
  }

  @Test("people who give up ahead shorten the wait")
  func departures() {
    var leaving = line(length: 1000)
    leaving.departures = 5
    leaving.departuresAt = leaving.time
    // ln(1 + 0.0052 · 100) / 0.0052 = 80.4 s instead of 100 s: its mean length was 964.
    #expect(seconds(leaving, 1000) == 81)
  }

  @Test("calm before a rush does not count as the speed of the rush")
  func calmBeforeRush() {
    var calm = line(length: 0, tokens: 100)
    calm.admissions = .init(
      oneMinute: 1, fiveMinutes: 1, fifteenMinutes: 1, updatedAt: calm.time, since: 1)
    var pace = Pace(calm)
    var rush = calm
    rush.time += 1_000_000
    rush.length = 10_000
    pace.observe(rush)
    #expect(pace.eta(position: 5_100, at: rush.time).seconds == 500)
  }

  @Test("when those who are ready do not come, the line is as fast as people really enter")
  func slowEntrants() throws {
    var state = line(length: 5_000, tokens: 100)
    var pace = Pace(state)
    for _ in 0..<240 {
      state.time += 1_000_000
      state.firstCalls += 2
      pace.observe(state)
    }
    // Two a second, where the bucket would let in ten.
    let eta = pace.eta(position: 300, at: state.time)
    #expect((85...115).contains(try #require(eta.seconds)))

    // The operator sets half of the rate, which is more than they use still.
    state.rate = 5
    state.time += 1_000_000
    pace.observe(state)
    #expect((85...115).contains(try #require(pace.eta(position: 300, at: state.time).seconds)))
  }

  @Test("when calls end without the person, their tokens call others, and the line is faster")
  func lapses() throws {
    var state = line(length: 5_000)
    var pace = Pace(state)
    for _ in 0..<600 {
      state.time += 1_000_000
      state.firstCalls += 14
      pace.observe(state)
    }
    #expect((98...102).contains(try #require(pace.eta(position: 1400, at: state.time).seconds)))
  }

  @Test("nothing is lost while the bucket is not full, however it goes up and down")
  func nothingLost() throws {
    var state = line(length: 5_000, tokens: 50)
    var pace = Pace(state)
    for second in 0..<240 {
      state.time += 1_000_000
      let admitted = second % 2 == 0 ? 4 : 16
      state.firstCalls += Int64(admitted)
      state.bucket += 10 - Double(admitted)
      pace.observe(state)
    }
    #expect(pace.eta(position: 150, at: state.time).seconds == 10)
  }

  @Test("admissions of our own between two snapshots are not taken for a loss")
  func ownAdmissionsAreNoLoss() throws {
    var state = line(length: 5_000, tokens: 50)
    var pace = Pace(state)
    for _ in 0..<240 {
      for _ in 1...10 { pace.admitted(1) }
      state.time += 1_000_000
      state.firstCalls += 10
      pace.observe(state)
    }
    #expect(pace.eta(position: 150, at: state.time).seconds == 10)
  }

  @Test("nothing is lost while nobody may enter, or while everyone may")
  func noLossWithoutNeed() throws {
    var paused = line(length: 5_000, tokens: 100)
    paused.state = .paused
    var rebuilding = line(length: 5_000, tokens: 100)
    rebuilding.rebuildUntil = rebuilding.time + 600_000_000
    let covered = line(length: 100, tokens: 100)
    for start in [paused, rebuilding, covered] {
      var state = start
      var pace = Pace(state)
      for _ in 0..<240 {
        state.time += 1_000_000
        pace.observe(state)
      }
      state.state = .open
      state.rebuildUntil = 0
      pace.observe(state)
      #expect(pace.eta(position: 200, at: state.time).seconds == 10)
    }
  }

  @Test(
    "departures are a share of those who stood in line when people left, not of a line since grown")
  func departuresOfAGrowingLine() throws {
    // It grows by ten a second, and one of a thousand gives up each second.
    var state = line(length: 0)
    state.created = state.time
    var pace = Pace(state)
    var length = 0.0
    for _ in 0..<300 {
      state.time += 1_000_000
      state.departures = state.departures * 0.9966722 + length * 0.001 / 300
      state.departuresAt = state.time
      state.firstCalls += 10
      length += 10
      state.length = Int(length)
      pace.observe(state)
    }
    // ln(1 + 0.001 · 300) / 0.001 = 262.4 s.
    #expect((260...266).contains(try #require(pace.eta(position: 3000, at: state.time).seconds)))
  }

  @Test("the wait is a number of seconds, or has a reason, whatever Redis holds")
  func absurd() throws {
    let values = [0, -1, 1e-300, 1e18, .infinity, .nan, -.infinity]
    for value in values {
      for other in values {
        var state = line(length: 5_000, tokens: 0, rate: value, burst: 100)
        state.departures = other
        state.departuresAt = .max
        for position in [1, 1000, .max] {
          let eta = Pace(state).eta(position: position, at: state.time)
          let isNumber = eta.seconds.map { (1...Int(ETA.longest)).contains($0) }
          #expect(isNumber ?? (eta.reason == .stopped), "\(value) \(other)")
        }
      }
    }
  }

  @Test("nobody is called while the index is being rebuilt, and the wait says so")
  func rebuilding() {
    var lost = line(length: 3, tokens: 100)
    lost.rebuildUntil = lost.time + 25_000_000
    let pace = Pace(lost)
    #expect(
      pace.eta(position: 1, at: lost.time)
        == ETA(seconds: 25, low: 25, high: 25, reason: .rebuilding))
    #expect(pace.eta(position: 1, at: lost.rebuildUntil) == ETA(seconds: 1, low: 0, high: 1))
  }

  @Test("nobody is called before the event opens; then the first are called as soon as someone can")
  func opening() {
    var early = line(length: 300, tokens: 100, rate: 10)
    early.state = .upcoming
    early.opensAt = early.time + 30_000_000
    let pace = Pace(early)
    #expect(
      pace.eta(position: 100, at: early.time)
        == ETA(seconds: 30, low: 30, high: 30, reason: .opening))
    #expect(pace.eta(position: 200, at: early.time).seconds == 40)
    #expect(pace.eta(position: 100, at: early.opensAt).seconds == 1)
    #expect(early.usableTokens == 0)
    #expect(!early.canCall(after: .milliseconds(29_999)))
    #expect(early.canCall(after: .seconds(30)))
    early.bucket = 0
    #expect(early.canCall(after: .seconds(30)))
    early.rate = 0
    #expect(!early.canCall(after: .seconds(30)))
    early.bucket = 1
    early.closesAt = early.opensAt
    #expect(!early.canCall(after: .seconds(30)))
    early.closesAt = early.time
    #expect(Pace(early).eta(position: 1, at: early.time) == ETA(unknown: .closed))
  }

  @Test("what the door does follows from the last snapshot, until an operator changes that")
  func door() {
    var state = line(length: 0)
    (state.opensAt, state.closesAt, state.state) = (state.time + 5, state.time + 9, .upcoming)
    func doors() -> [LineSnapshot.EventState] {
      [0, 4, 5, 8, 9].map { state.state(at: state.time + $0) }
    }
    #expect(doors() == [.upcoming, .upcoming, .open, .open, .closed])
    state.state = .paused
    #expect(doors() == Array(repeating: .paused, count: 5))
    state.state = .closed
    #expect(doors() == Array(repeating: .closed, count: 5))
    state.state = .upcoming
    #expect(
      [0, 4, 5, 8, 9].map { state.isShut(at: state.time + $0) } == [true, true, false, false, true])
    #expect(state.secondsToOpening(at: state.time) == 5e-6)
    #expect(state.secondsToOpening(at: state.opensAt) == nil)
  }

  @Test("near the door are, before the opening, those whom a whole bucket at once brings there")
  func nearTheOpening() {
    var early = line(length: 1000, tokens: 100, rate: 10)
    early.opensAt = early.time + 1
    #expect(Pace(early).isNearOpening(position: 400))
    #expect(!Pace(early).isNearOpening(position: 401))
    #expect(!Pace(early).isNearDoor(position: 1, at: early.time))
    #expect(Pace(early).isNearDoor(position: 300, at: early.opensAt))
  }

  @Test("where nobody knows until when nobody is called, there is no number, but a reason")
  func unknown() {
    let stopped = line(length: 40, rate: 0, burst: 1)
    #expect(Pace(stopped).eta(position: 30, at: stopped.time) == ETA(unknown: .stopped))
    var paused = line(length: 40, tokens: 5)
    paused.state = .paused
    #expect(Pace(paused).eta(position: 1, at: paused.time) == ETA(unknown: .paused))
    var sold = line(length: 40, tokens: 5)
    (sold.roomForSale, sold.isSoldOut) = (0, true)
    #expect(Pace(sold).eta(position: 1, at: sold.time) == ETA(unknown: .soldOut))
    sold.isSoldOut = false
    #expect(Pace(sold).eta(position: 1, at: sold.time) == ETA(unknown: .stopped))
    // Without the inventory having a say, those who come in may look at empty shelves.
    (sold.roomForSale, sold.isSoldOut) = (nil, true)
    #expect(Pace(sold).eta(position: 1, at: sold.time).seconds == 1)
  }

  @Test("whom the bucket covers at rate 0 may be called at any moment")
  func stoppedButCovered() {
    let stopped = line(length: 40, tokens: 2, rate: 0)
    #expect(seconds(stopped, 2) == 1)
    #expect(seconds(stopped, 3) == nil)
  }

  @Test("where all is held, the wait is not shorter than until the first hold ends")
  func holds() throws {
    var held = line(length: 40, tokens: 5)
    (held.roomForSale, held.holdEnds) = (0, held.time + 90_000_000)
    (held.holds, held.lastHoldEnds) = (20, held.time + 200_000_000)
    let pace = Pace(held)
    #expect(
      pace.eta(position: 1, at: held.time) == ETA(seconds: 90, low: 90, high: 90, reason: .holds))
    // One every ten seconds, of which the first lets one in.
    #expect(pace.eta(position: 3, at: held.time).seconds == 110)
  }

  @Test("when all places inside are taken, people come in as others go out")
  func sessions() throws {
    var full = line(length: 500, tokens: 100, burst: 100)
    (full.activeLimit, full.inside, full.sessionTTL) = (50, 50, 600_000)
    var pace = Pace(full)
    // One place a second comes free, and is given to the next.
    for _ in 0..<600 {
      full.time += 1_000_000
      full.firstCalls += 1
      full.admitted += 1
      pace.observe(full)
    }
    let eta = pace.eta(position: 60, at: full.time)
    #expect((55...65).contains(try #require(eta.seconds)))
    #expect(eta.reason == .sessions)

    // With two places more, the bucket decides until they are taken.
    full.activeLimit = 60
    pace.observe(full)
    #expect(pace.eta(position: 10, at: full.time) == ETA(seconds: 1, low: 0, high: 1))
    #expect((40...55).contains(try #require(pace.eta(position: 60, at: full.time).seconds)))
  }

  @Test("when no place came free for as long as a session lasts, nobody knows when one will")
  func full() {
    var full = line(length: 500, tokens: 100)
    (full.activeLimit, full.inside, full.sessionTTL) = (50, 50, 600_000)
    var pace = Pace(full)
    #expect(pace.eta(position: 1, at: full.time).reason == .sessions)
    full.time += 599_000_000
    pace.observe(full)
    #expect(pace.eta(position: 1, at: full.time).seconds != nil)
    full.time += 1_000_000
    pace.observe(full)
    #expect(pace.eta(position: 1, at: full.time) == ETA(unknown: .full))
    full.time += 1_000_000
    (full.admitted, full.firstCalls) = (1, 1)
    pace.observe(full)
    #expect(pace.eta(position: 1, at: full.time).seconds != nil)
  }

  @Test("near the door is where the call may come before the next poll, if anyone can be called")
  func nearDoor() {
    let open = line(length: 5000, rate: 10, burst: 100)
    #expect(Pace(open).isNearDoor(position: 300, at: open.time))
    #expect(!Pace(open).isNearDoor(position: 301, at: open.time))
    var paused = open
    paused.state = .paused
    var full = open
    (full.bucket, full.activeLimit, full.inside) = (10, 50, 50)
    for shut in [paused, full, line(length: 5000, rate: 0)] {
      #expect(!Pace(shut).isNearDoor(position: 1, at: shut.time))
    }
    var rebuilding = open
    rebuilding.rebuildUntil = open.time + 1
    #expect(!Pace(rebuilding).isNearDoor(position: 1, at: open.time))
    #expect(Pace(rebuilding).isNearDoor(position: 1, at: open.time + 1))
  }

  @Test("a young average is not diluted by the time before it began")
  func youngAverage() throws {
    var state = line(length: 10)
    // 10 a second for the last 6 s: the one-minute average has seen a tenth of a minute.
    state.admissions = .init(
      oneMinute: 10 * (1 - 0.904837), fiveMinutes: 0.2, fifteenMinutes: 0.07,
      updatedAt: state.time, since: state.time - 6_000_000)
    let rate = try #require(Pace(state).admissionRate(at: state.time))
    #expect(abs(rate - 10) < 0.6)
  }

  @Test("an admission of our own takes its place at once, and the token that the call held")
  func ownAdmission() {
    var state = line(length: 3, tokens: 0)
    (state.called, state.settled) = (2, 2)
    var pace = Pace(state)
    let eta = pace.eta(position: 3, at: state.time)
    pace.admitted(1)
    #expect(pace.snapshot.length == 2)
    #expect(pace.snapshot.called == 1 && pace.snapshot.settled == 1)
    #expect(pace.eta(position: 2, at: state.time) == eta)
  }
}

@Suite("PollHint")
struct PollHintTests {
  /// The hint for a wait of so many seconds.
  private func hint(
    _ seconds: Int?, isShut: Bool = false, silence: Int = 60,
    _ generator: inout SystemRandomNumberGenerator
  ) -> Int {
    let eta = seconds.map { ETA(seconds: $0, low: $0, high: $0) } ?? ETA(unknown: .paused)
    return PollHint.seconds(
      eta: eta, isShut: isShut, silenceAllowed: .seconds(silence), using: &generator)
  }

  @Test("is 1 to 20 s, whatever the wait", arguments: [0, 1, 9, 60, 199, .max], [true, false])
  func bounds(eta: Int, isShut: Bool) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<1000 {
      #expect((1...20).contains(hint(min(eta, Int.max - 2), isShut: isShut, &generator)))
    }
  }

  @Test("is at most half of the silence that is allowed there", arguments: [1, 2, 15, 16, 40, 60])
  func silence(seconds: Int) {
    var generator = SystemRandomNumberGenerator()
    for wait in [1_000_000, nil] {
      let hints = (0..<1000).map { _ in hint(wait, silence: seconds, &generator) }
      #expect(hints.max() == min(20, max(1, seconds / 2)))
    }
  }

  @Test("is 10 to 20 s while nobody can be called, and comes before one's own call")
  func shut() {
    var generator = SystemRandomNumberGenerator()
    for wait in [nil, 18, 60, 3600] {
      let hints = (0..<2000).map { _ in hint(wait, isShut: true, &generator) }
      #expect(Set(hints) == Set(10...20))
      #expect((14.5...17).contains(Double(hints.reduce(0, +)) / 2000))
    }
    for _ in 0..<1000 { #expect((3...5).contains(hint(3, isShut: true, &generator))) }
  }

  @Test("grows with the wait and spreads those who joined together")
  func spread() {
    var generator = SystemRandomNumberGenerator()
    let near = (0..<1000).map { _ in hint(3, &generator) }
    let far = (0..<1000).map { _ in hint(120, &generator) }
    #expect(near.allSatisfy { $0 <= 2 })
    #expect(Set(far).count > 3)
    #expect(abs(Double(far.reduce(0, +)) / 1000 - 12) < 1)
  }
}
