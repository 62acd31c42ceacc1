import Foundation

@testable import Queue

/// The rules of a line as far as they decide how long people wait, in memory and in order of tickets: bucket,
/// calls that lapse, places inside, what is left for sale, parking. Nobody who let a call end asks again.
///
/// People are numbers in the order of joining; times are seconds.
struct PlainLine {
  private struct Person {
    var isInLine = true
    var calledUntil = 0.0
    var wasCalled = false
    var seen: Double
  }

  var rate: Double
  var burst: Double
  var isPaused = false { didSet { changedDoor(from: oldValue) } }
  var activeLimit = 0
  /// How many seats are left, where only those come in who can get one.
  var seats: Int?
  /// When each hold ends.
  var holds: [Double] = []
  let readyTTL = 60.0
  let presenceTTL = 60.0
  let headTTL = 15.0

  private var people: [Person] = []
  private var standing = Fenwick()
  private var now = 0.0
  private var tokens: Double
  private var calledTo = -1
  private var ahead: [Int] = []
  private var called: [Int] = []
  private var inside: [Double] = []
  private var admitted = 0
  private var firstCalls = 0
  private var noShows = 0
  private var departures = 0.0
  private var departedAt = 0.0
  private var openedAt = 0.0
  private var ticks: [Int64] = []
  private static let start: Int64 = 1_800_000_000_000_000

  init(rate: Double, burst: Int) {
    (self.rate, self.burst) = (rate, Double(burst))
    tokens = Double(burst)
  }

  private mutating func changedDoor(from wasPaused: Bool) {
    if isPaused || wasPaused { tokens = 0 }
    if wasPaused, !isPaused { openedAt = now }
  }

  // MARK: Time

  /// Lets time pass: the bucket fills, calls and stays end.
  mutating func pass(to moment: Double) {
    if !isPaused { tokens += rate * (moment - now) }
    now = moment
    inside.removeAll { $0 <= now }
    let over = holds.count { $0 <= now }
    if over > 0, let left = seats {
      holds.removeAll { $0 <= now }
      seats = left + over
    }
    endCalls()
    cap()
  }

  private mutating func cap() { tokens = min(tokens, max(0, burst - Double(called.count))) }

  private mutating func endCalls() {
    if isPaused {
      // Their clock stands.
      for person in called { people[person].calledUntil += 0.5 }
      return
    }
    for person in called where people[person].calledUntil <= now {
      people[person].calledUntil = 0
      noShows += 1
      tokens += 1
    }
    called.removeAll { people[$0].calledUntil == 0 }
  }

  // MARK: Calls

  private var usable: Double {
    var usable = tokens
    if activeLimit > 0 { usable = min(usable, Double(activeLimit - inside.count - called.count)) }
    if let room { usable = min(usable, Double(room)) }
    return max(0, usable)
  }

  private var room: Int? { seats.map { max(0, $0 - called.count) } }

  private func isSilent(_ person: Int) -> Bool {
    now - max(people[person].seen, openedAt) > headTTL
  }

  /// Calls everyone whom it is time to call.
  mutating func callNext() {
    if isPaused { return }
    var room = Int(usable)
    for person in ahead where room > 0 && !isSilent(person) {
      call(person)
      room -= 1
    }
    ahead.removeAll { people[$0].calledUntil > 0 }
    while room > 0, calledTo + 1 < people.count {
      let person = calledTo + 1
      calledTo = person
      guard people[person].isInLine else { continue }
      if isSilent(person) {
        ahead.append(person)
      } else {
        call(person)
        room -= 1
      }
    }
  }

  private mutating func call(_ person: Int) {
    people[person].calledUntil = now + readyTTL
    people[person].wasCalled = true
    called.append(person)
    (tokens, firstCalls) = (tokens - 1, firstCalls + 1)
  }

  // MARK: People

  mutating func join() -> Int {
    people.append(Person(seen: now))
    standing.append(1)
    ticks.append(Self.start + Int64(now * 1e6) + Int64(people.count))
    return people.count - 1
  }

  func ticket(of person: Int) -> Int64 { ticks[person] }
  func isCalled(_ person: Int) -> Bool { people[person].calledUntil > now }
  func isInLine(_ person: Int) -> Bool { people[person].isInLine }
  /// Whether calls have come to that place.
  func isPassed(_ person: Int) -> Bool { person <= calledTo }
  func position(of person: Int) -> Int { standing.sum(through: person) }

  mutating func see(_ person: Int) { people[person].seen = now }

  mutating func comeBack(_ person: Int) {
    guard !people[person].isInLine else { return }
    people[person].isInLine = true
    people[person].seen = now
    standing.add(1, at: person)
    depart(-1)
    if person <= calledTo, !people[person].wasCalled {
      ahead.append(person)
      ahead.sort()
    }
  }

  mutating func leave(_ person: Int) {
    guard people[person].isInLine else { return }
    remove(person)
    depart(1)
  }

  private mutating func remove(_ person: Int) {
    people[person].isInLine = false
    standing.add(-1, at: person)
    ahead.removeAll { $0 == person }
    if people[person].calledUntil > 0 {
      people[person].calledUntil = 0
      called.removeAll { $0 == person }
      tokens += 1
      cap()
    }
  }

  private mutating func depart(_ count: Double) {
    departures = max(0, departures * exp(-(now - departedAt) / 300) + count / 300)
    departedAt = now
  }

  /// True if the person is let in; inside until then.
  mutating func enter(_ person: Int, until end: Double) -> Bool {
    guard isCalled(person), !isPaused else { return false }
    remove(person)
    tokens -= 1
    admitted += 1
    inside.append(end)
    return true
  }

  /// A person who came in takes a seat until then.
  mutating func hold(until end: Double) {
    guard let left = seats, left > 0 else { return }
    seats = left - 1
    holds.append(end)
  }

  /// Takes those out who are silent; says how many.
  mutating func park() -> Int {
    var count = 0
    let isOpen = !isPaused && !(usable < 1 && (tokens >= 1 || rate == 0 && called.isEmpty))
    let head = isOpen && now - openedAt > headTTL ? Int(burst + rate) : 0
    var next = 0
    for person in ahead + Array(max(0, calledTo + 1)..<max(calledTo + 1, people.count))
    where people[person].isInLine && people[person].calledUntil == 0 {
      let silence = now - people[person].seen
      if silence > presenceTTL || next < head && silence > headTTL {
        remove(person)
        depart(1)
        count += 1
      } else {
        next += 1
      }
    }
    return count
  }

  // MARK: What a pulse brings

  var time: Int64 { Self.start + Int64(now * 1e6) }

  var snapshot: LineSnapshot {
    let length = standing.sum(through: people.count - 1)
    var line = LineSnapshot(time: time, length: length, tokens: usable, rate: rate, burst: burst)
    line.created = Self.start
    line.state = isPaused ? .paused : .open
    line.bucket = isPaused ? 0 : tokens
    line.epoch = "1"
    line.calledTo = calledTo < 0 ? 0 : ticks[calledTo]
    line.settled = standing.sum(through: calledTo) - ahead.count
    line.called = called.count
    line.inside = inside.count
    line.activeLimit = activeLimit
    line.sessionTTL = 600_000
    line.noShows = Int64(noShows)
    line.admitted = Int64(admitted)
    line.firstCalls = Int64(firstCalls)
    line.departures = departures
    line.departuresAt = Self.start + Int64(departedAt * 1e6)
    line.roomForSale = room
    if room == 0, seats == 0, let first = holds.min() {
      line.holdEnds = Self.start + Int64(first * 1e6)
      line.holds = holds.count
      line.lastHoldEnds = Self.start + Int64((holds.max() ?? first) * 1e6)
    }
    return line
  }
}

/// Sums of a growing list, each in a few steps (Fenwick, "A new data structure for cumulative frequency
/// tables", 1994).
private struct Fenwick {
  private var sums: [Int] = [0]

  mutating func append(_ value: Int) {
    let at = sums.count
    var sum = value
    var part = 1
    while part < at & -at {
      sum += sums[at - part]
      part <<= 1
    }
    sums.append(sum)
  }

  mutating func add(_ value: Int, at index: Int) {
    var at = index + 1
    while at < sums.count {
      sums[at] += value
      at += at & -at
    }
  }

  func sum(through index: Int) -> Int {
    var (at, sum) = (index + 1, 0)
    while at > 0 {
      sum += sums[at]
      at -= at & -at
    }
    return sum
  }
}
