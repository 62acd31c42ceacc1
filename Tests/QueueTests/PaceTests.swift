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

  @Test("whoever the bucket covers waits 0 s, and those who are called take no further token")
  func covered() {
    var state = line(length: 50, tokens: 7.9)
    #expect(Pace(state).eta(position: 7, at: 1_000_000_000) == 0)
    #expect(Pace(state).eta(position: 8, at: 1_000_000_000) > 0)
    (state.called, state.settled) = (3, 5)
    #expect(Pace(state).eta(position: 12, at: 1_000_000_000) == 0)
    #expect(Pace(state).eta(position: 13, at: 1_000_000_000) > 0)
  }

  @Test("a place behind the tokens waits for the refill, a little pessimistically")
  func refill() {
    let eta = Pace(line(length: 500, tokens: 20)).eta(position: 120, at: 1_000_000_000)
    #expect(eta > 10)
    #expect(eta < 11)
  }

  @Test("people who give up ahead shorten the wait")
  func departures() {
    var leaving = line(length: 1000)
    leaving.departures = 5
    leaving.departuresAt = leaving.time
    let wait = Pace(leaving).eta(position: 1000, at: leaving.time)
    // ln(1 + 0.005 · 100) / 0.005 = 81.1 s instead of 100 s.
    #expect(wait > 81)
    #expect(wait < 85)
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
    let eta = pace.eta(position: 5_100, at: rush.time)
    #expect(eta > 480)
    #expect(eta < 600)
  }

  @Test("when those who are ready do not come, the line is as fast as people really enter")
  func slowEntrants() throws {
    var state = line(length: 5_000, tokens: 100)
    var pace = Pace(state)
    for _ in 0..<240 {
      state.time += 1_000_000
      state.admitted += 2
      pace.observe(state)
    }
    // Two a second, where the bucket would let in ten.
    let eta = pace.eta(position: 300, at: state.time)
    #expect(eta > 85)
    #expect(eta < 115)
  }

  @Test("nothing is lost while the bucket is not full, however it goes up and down")
  func nothingLost() throws {
    var state = line(length: 5_000, tokens: 50)
    var pace = Pace(state)
    for second in 0..<240 {
      state.time += 1_000_000
      let admitted = second % 2 == 0 ? 4 : 16
      state.admitted += Int64(admitted)
      state.tokens += 10 - Double(admitted)
      pace.observe(state)
    }
    #expect(abs(pace.eta(position: 150, at: state.time) - 10 * 1.03) < 1e-6)
  }

  @Test("admissions of our own between two snapshots are not taken for a loss")
  func ownAdmissionsAreNoLoss() throws {
    var state = line(length: 5_000, tokens: 50)
    var pace = Pace(state)
    for _ in 0..<240 {
      for _ in 1...10 { pace.admitted(1) }
      state.time += 1_000_000
      state.admitted += 10
      pace.observe(state)
    }
    #expect(abs(pace.eta(position: 150, at: state.time) - 10 * 1.03) < 1e-6)
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
      #expect(abs(pace.eta(position: 200, at: state.time) - 10 * 1.03) < 1e-6)
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
      state.admitted += 10
      length += 10
      state.length = Int(length)
      pace.observe(state)
    }
    let wait = pace.eta(position: 3000, at: state.time)
    // ln(1 + 0.001 · 300) / 0.001 = 262.4 s.
    #expect(abs(wait / 1.03 - 262.4) < 3)
  }

  @Test("the wait is a number of seconds whatever Redis holds")
  func absurd() throws {
    let values = [0, -1, 1e-300, 1e18, .infinity, .nan, -.infinity]
    for value in values {
      for other in values {
        var state = line(length: 5_000, tokens: 0, rate: value, burst: 100)
        state.departures = other
        state.departuresAt = .max
        for position in [1, 1000, .max] {
          let eta = Pace(state).eta(position: position, at: state.time)
          #expect((0...Pace.longest).contains(eta), "\(value) \(other)")
        }
      }
    }
  }

  @Test("nobody is called while the index is being rebuilt, and the wait says so")
  func rebuilding() {
    var lost = line(length: 3, tokens: 100)
    lost.rebuildUntil = lost.time + 25_000_000
    let pace = Pace(lost)
    #expect(pace.eta(position: 1, at: lost.time) == 25)
    #expect(pace.eta(position: 1, at: lost.rebuildUntil) == 0)
  }

  @Test("when nothing at all is known, each place counts two seconds")
  func nothingKnown() {
    let pace = Pace(line(length: 40, tokens: 0, rate: 0, burst: 1))
    #expect(pace.eta(position: 30, at: 1_000_000_000) == 60)
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
  @Test("is 1 to 20 s, whatever the wait", arguments: [0, 0.5, 9, 60, 199, 1e9, .infinity])
  func bounds(eta: Double) {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<1000 {
      let hint = PollHint.seconds(eta: eta, silenceAllowed: .seconds(60), using: &generator)
      #expect((1...20).contains(hint))
    }
  }

  @Test("is at most half of the silence that is allowed there", arguments: [1, 2, 15, 16, 40, 60])
  func silence(seconds: Int) {
    var generator = SystemRandomNumberGenerator()
    let hints = (0..<1000).map { _ in
      PollHint.seconds(eta: 1e6, silenceAllowed: .seconds(seconds), using: &generator)
    }
    #expect(hints.max() == min(20, max(1, seconds / 2)))
  }

  private func hint(_ eta: Double, _ generator: inout SystemRandomNumberGenerator) -> Int {
    PollHint.seconds(eta: eta, silenceAllowed: .seconds(60), using: &generator)
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
