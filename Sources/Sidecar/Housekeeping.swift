import Loop
import Metrics
import Queue
import Redis

/// What the lines need done once a second, by whichever sidecar comes first: the absent are parked.
/// What metrics need to know of each line is read on the way.
///
/// Confined to the back office.
final class Housekeeping {
  private let loop: Loop
  private let attendance: Attendance
  private let lines: LineMetrics
  private let parked: Counter
  private let log: Log
  private var isUnderWay = false

  init(loop: Loop, attendance: Attendance, metrics: UsherMetrics, log: Log) {
    self.loop = loop
    self.attendance = attendance
    lines = metrics.lines
    parked = metrics.queue.parked.cell()
    self.log = log
  }

  /// Goes round now and every second, unless a round takes longer.
  func start() {
    if !isUnderWay { round() }
    loop.schedule(after: .seconds(1)) { [self] in start() }
  }

  private func round() {
    isUnderWay = true
    attendance.activeEvents { [self] result in
      guard case .success(let events) = result else {
        isUnderWay = false
        return
      }
      lines.keep(Set(events))
      visit(events[...])
    }
  }

  /// One event after the other: a burst of a thousand script calls would hold up people who poll.
  private func visit(_ events: ArraySlice<EventID>) {
    guard let event = events.first else {
      isUnderWay = false
      return
    }
    attendance.parkAbsent(from: event) { [self] result in
      if case .success(let people) = result, people > 0 {
        parked.increment(by: UInt64(people))
        log.info("parked the absent", ["event_id": .text(event.text), "people": .integer(people)])
      }
      attendance.snapshot(of: event) { [self] result in
        if case .success(let snapshot) = result { lines.set(snapshot, of: event) }
        visit(events.dropFirst())
      }
    }
  }
}
