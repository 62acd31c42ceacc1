import Glibc

/// How a line has moved lately, measured between two snapshots at a time: the delay history from which
/// ``Prospect`` takes its speeds (Ibrahim and Whitt, "Real-time delay estimation based on delay history",
/// Manufacturing & Service Operations Management 11, 2009).
///
/// *Used refill.* While people wait for the bucket, the line should move by one place a token. It moves
/// further where calls end without the person, whose tokens call others; and less far where calls hold the
/// whole bucket, so that it overflows.
///
/// *Departures.* The share of the line that goes away a second: those who left or were parked over five
/// minutes, divided by the line's mean length over the same time.
///
/// *Ends.* The share of those inside who go out a second.
struct CallHistory: Equatable {
  /// How many places the calls went on for each token that was refilled.
  private(set) var used = 1.0
  /// Calls while it was what is left for sale that decided, and for how long that was so, with decay.
  private var saleCalls = 0.0
  private var saleSeconds = 0.0
  /// When a place inside was last seen to come free, or the line was first seen, µs.
  private(set) var freedAt: Int64
  private var secondsSeen = Self.secondsGranted
  /// The line's length, averaged as departures are.
  private var meanLength: Double
  private var ends = 1.0
  private var secondsInside: Double
  /// First calls and admissions, with decay.
  private var calls = Self.enough
  private var admissions = Self.enough

  /// The history of a line of which only one moment is known.
  init(_ first: LineSnapshot) {
    let age = Double(max(0, first.time - first.created)) / 1e6
    meanLength = Double(first.length) * (1 - exp(-age / Self.departureMemory))
    freedAt = first.time
    // Until an end was seen: each lasts as long as a session that is never renewed.
    secondsInside = Double(max(1000, first.sessionTTL)) / 1000
  }

  /// Takes in what happened between two moments of the line.
  mutating func observe(_ next: LineSnapshot, after last: LineSnapshot) {
    let seconds = Double(max(0, next.time - last.time)) / 1e6
    let weight = 1 - exp(-seconds / Self.departureMemory)
    meanLength += (Double(next.length) - meanLength) * weight
    guard seconds > 0, next.epoch == last.epoch, next.admitted >= last.admitted else { return }
    let called = Double(max(0, next.firstCalls - last.firstCalls))
    noteRefill(seconds, called, next, last)
    noteEnds(seconds, called, next, last)
    noteSale(seconds, called, next, last)
  }

  private mutating func noteRefill(
    _ seconds: Double, _ called: Double, _ next: LineSnapshot, _ last: LineSnapshot
  ) {
    if next.rate != last.rate || next.burst != last.burst {
      // As many calls as hold the bucket go through it in a second as before.
      let share = used * last.rate / next.rate * next.burst / last.burst
      if used < 0.97, last.rate > 0, share.isFinite { used = min(1, max(0, share)) }
      return
    }
    let refill = next.rate * seconds
    guard refill > 0, last.waitsForBucket, next.waitsForBucket else { return }
    let share = min(max((called + next.bucket - last.bucket) / refill, 0), Self.mostUsed)
    secondsSeen = min(secondsSeen + seconds, Self.memory)
    used += (share - used) * (1 - exp(-seconds / secondsSeen))
  }

  private mutating func noteEnds(
    _ seconds: Double, _ called: Double, _ next: LineSnapshot, _ last: LineSnapshot
  ) {
    let keeps = exp(-seconds / Self.endMemory)
    let admitted = Double(next.admitted - last.admitted)
    let ended = max(0, admitted - Double(next.inside - last.inside))
    ends = ends * keeps + ended
    secondsInside = secondsInside * keeps + Double(next.inside + last.inside) / 2 * seconds
    calls = calls * keeps + called + Self.enough * (1 - keeps)
    admissions = admissions * keeps + admitted + Self.enough * (1 - keeps)
    if ended > 0 || called > 0 || !next.isFull { freedAt = next.time }
  }

  private mutating func noteSale(
    _ seconds: Double, _ called: Double, _ next: LineSnapshot, _ last: LineSnapshot
  ) {
    guard next.waitsForSale || last.waitsForSale else { return }
    let keeps = exp(-seconds / Self.memory)
    (saleCalls, saleSeconds) = (saleCalls * keeps + called, saleSeconds * keeps + seconds)
  }

  /// Calls a second while it was what is left for sale that decided; nil before enough was seen.
  var callsForSale: Double? {
    saleCalls >= Self.enough && saleSeconds > 0 ? saleCalls / saleSeconds : nil
  }

  /// Places inside that come free a second for the next, while `people` are inside.
  func ends(of people: Int) -> Double {
    let share = secondsInside > 0 ? ends / secondsInside : 0
    return share * Double(people) * max(1, admissions > 0 ? calls / admissions : 1)
  }

  /// The share of the people in line who go away a second, without having been admitted.
  func departing(_ snapshot: LineSnapshot, at time: Int64) -> Double {
    guard meanLength > 0 else { return 0 }
    let age = Double(max(0, time - snapshot.departuresAt)) / 1e6
    let share = snapshot.departures * exp(-age / Self.departureMemory) / meanLength
    return share.isFinite ? max(0, share) : 0
  }

  /// Seconds over which used refill is averaged.
  private static let memory = 120.0
  /// So long, at first, all of the refill is taken to be used: people need a moment to see that they are
  /// called.
  private static let secondsGranted = 15.0
  /// Seconds over which the scripts average departures.
  private static let departureMemory = 300.0
  /// Seconds over which ends are averaged.
  private static let endMemory = 300.0
  /// So many calls, at first, are taken to be used.
  private static let enough = 20.0
  /// The bucket may be given back whole at once.
  private static let mostUsed = 10.0
}
