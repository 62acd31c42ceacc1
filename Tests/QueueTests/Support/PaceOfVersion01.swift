import Glibc

@testable import Queue

/// The ETA as version 0.1 worked it out: a line through two snapshots at a time, a little pessimistic. What
/// shuts the door without an end it knows nothing of. Beside it stands what the present one says.
struct PaceOfVersion01 {
  private(set) var snapshot: LineSnapshot
  private var lost = 0.0
  private var secondsSeen = Self.secondsGranted
  private var meanLength: Double

  init(_ snapshot: LineSnapshot) {
    self.snapshot = snapshot
    let age = Double(max(0, snapshot.time - snapshot.created)) / 1e6
    meanLength = Double(snapshot.length) * (1 - exp(-age / Self.departureMemory))
  }

  mutating func observe(_ next: LineSnapshot) {
    let seconds = Double(max(0, next.time - snapshot.time)) / 1e6
    let refill = next.rate * seconds
    if refill > 0, needsRefill(snapshot), needsRefill(next) {
      let called = next.admitted - snapshot.admitted + Int64(next.called - snapshot.called)
      let used = next.tokens - snapshot.tokens + Double(called)
      let share = min(max(1 - used / refill, 0), 1)
      secondsSeen = min(secondsSeen + seconds, Self.lossMemory)
      lost += (share - lost) * (1 - exp(-seconds / secondsSeen))
    }
    let weight = 1 - exp(-seconds / Self.departureMemory)
    meanLength += (Double(next.length) - meanLength) * weight
    snapshot = next
  }

  /// Seconds from `time` until a person at `position` is called.
  func eta(position: Int, at time: Int64) -> Double {
    let rebuild = Double(max(0, snapshot.rebuildUntil - time)) / 1e6
    return min(max(rebuild, secondsUntilCovered(position, at: time)), ETA.longest)
  }

  private func secondsUntilCovered(_ position: Int, at time: Int64) -> Double {
    let distance = Double(max(1, position - snapshot.settled)) - snapshot.tokens.rounded(.down)
    guard distance > 0 else { return 0 }
    let speed = snapshot.rate * (1 - lost)
    guard speed > 0 else { return Double(position) * 2 }
    let moving = distance / speed
    let share = departureShare(at: time)
    return (share * moving > 1e-6 ? log1p(share * moving) / share : moving) * 1.03
  }

  private func departureShare(at time: Int64) -> Double {
    guard meanLength > 0 else { return 0 }
    let age = Double(max(0, time - snapshot.departuresAt)) / 1e6
    return snapshot.departures * exp(-age / Self.departureMemory) / meanLength
  }

  private func needsRefill(_ line: LineSnapshot) -> Bool {
    Double(line.length) > line.tokens && line.state != .paused && line.time >= line.rebuildUntil
  }

  private static let lossMemory = 120.0
  private static let secondsGranted = 15.0
  private static let departureMemory = 300.0
}
