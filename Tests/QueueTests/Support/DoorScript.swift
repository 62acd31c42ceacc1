@testable import Queue

/// How two hours at a door go. Times are seconds from their beginning; what changes, changes from a time on.
struct DoorScript {
  /// What an operator does to the door.
  enum Door: Equatable {
    case open
    case paused
    /// A rate of 0.
    case stopped
    /// So many people may be inside.
    case limited(Int)
    /// Only those come in who can get something, of so many seats, all of which are held, and given back
    /// after a while.
    case held(Int)
  }

  /// People a second.
  var arrivals: [(from: Double, rate: Double)]
  /// Admissions a second that refill the bucket.
  var rates: [(from: Double, rate: Double)]
  var doors: [(from: Double, door: Door)]
  /// The share of people who lose patience, and after how many seconds on average.
  var impatience: [(from: Double, share: Double, patience: Double)]
  /// How long people stay inside, and hold a seat, on average.
  var stay = 60.0
  /// The share of people who poll and never enter.
  var noShows: [(from: Double, share: Double)]
  var burst = 60
  /// Seconds from seeing that it is one's turn to entering, on average.
  var hesitation = 4.0
  var seconds = 7200.0

  /// Two hours in which all of it changes, one thing or another every five to fifteen minutes.
  static func changing(seed: UInt64) -> DoorScript {
    var random = SplitMix64(seed: seed)
    func times(every range: ClosedRange<Double>) -> [Double] {
      var list = [0.0]
      while let last = list.last, last < 7200 {
        list.append((last + .random(in: range, using: &random)).rounded())
      }
      return list
    }
    let rates = times(every: 900...1800).map { ($0, Double.random(in: 2...5, using: &random)) }
    // Now more people than are let in, now fewer.
    let arrivals = times(every: 240...600).enumerated().map { number, from in
      (
        from,
        Double.random(in: number % 2 == 0 ? 3...7 : 0...1.5, using: &random)
      )
    }
    let stay = Double.random(in: 40...120, using: &random)
    var doors: [(from: Double, door: Door)] = [(0, .open)]
    var at = 600.0
    while at < 6600 {
      // As many places, or seats, as let three in a second.
      let places = Int(stay * .random(in: 1.5...4, using: &random))
      let (door, length): (Door, ClosedRange<Double>) =
        switch Int.random(in: 0..<5, using: &random) {
        case 0: (.paused, 60...300)
        case 1: (.stopped, 60...200)
        case 2, 3: (.limited(places), 600...1500)
        default: (.held(places), 600...1200)
        }
      doors.append((at.rounded(), door))
      at += .random(in: length, using: &random)
      doors.append((at.rounded(), .open))
      at += .random(in: 300...900, using: &random)
    }
    return DoorScript(
      arrivals: arrivals, rates: rates, doors: doors,
      impatience: times(every: 1200...2400).map {
        ($0, .random(in: 0.1...0.5, using: &random), .random(in: 200...600, using: &random))
      },
      stay: stay,
      noShows: times(every: 1200...2400).map { ($0, .random(in: 0...0.12, using: &random)) })
  }
}
