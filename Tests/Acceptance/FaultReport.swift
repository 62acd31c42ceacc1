import Foundation
import TestSupport

/// What becomes of people, and of Redis, when something happens to it: a fault is made and mended under
/// ``Traffic``, and everything is held against the promises.
struct FaultReport: Sendable {
  /// What happened, for messages.
  let name: String
  private let answers: [Traffic.Answer]
  private let traffic: Traffic
  private let began: ContinuousClock.Instant
  private let returned: ContinuousClock.Instant
  /// What Redis did in peace, from its return on, and from the beginning of the fault on; each with all
  /// that usher does besides requests.
  private let inPeace: Work
  private let afterwards: Work
  private let allTheTime: Work

  /// Counts what the Redis at `socket` runs while `usher` is asked all the time.
  ///
  /// - Parameters:
  ///   - startsAnew: Whether Redis counts from 0 again when it has returned.
  ///   - fault: Makes it and mends it: returns as soon as Redis answers again.
  init(
    _ name: String, _ usher: UsherProcess, redis socket: LocalAddress, startsAnew: Bool = false,
    perSecond: Double = 100, _ fault: () throws -> Void
  ) throws {
    self.name = name
    traffic = Traffic(at: usher, perSecond: perSecond)
    // Scripts are loaded, connections made, lines known to all fronts.
    sleep(2)
    let quiet = try Meter(socket)
    sleep(5)
    began = .now
    let before = try Meter(socket)
    inPeace = before.work(since: quiet, traffic)
    try fault()
    let back = try Meter(socket)
    returned = back.at
    sleep(5)
    let end = try Meter(socket)
    afterwards = end.work(since: startsAnew ? back.reset : back, traffic)
    allTheTime = end.work(since: startsAnew ? before.reset : before, traffic)
    answers = try traffic.stop()
  }

  /// What was promised and not kept, a sentence each.
  ///
  /// - Parameter readsGoOn: Whether places are told all the time.
  func broken(readsGoOn: Bool = false) -> [String] {
    var broken = slow + unreliable(answers.filter { $0.sentAt >= returned + .seconds(2) }, "again")
    if readsGoOn {
      broken += unreliable(
        answers.filter { $0.route == .status && $0.sentAt >= began && $0.sentAt < returned },
        "of a status, meanwhile,")
    }
    // A busy machine leaves requests out, and not what usher does every second.
    let peace =
      Double(inPeace.commands)
      * max(
        Double(afterwards.requests) / Double(max(1, inPeace.requests)),
        afterwards.time / inPeace.time)
    for (commands, limit, time) in [
      (Double(afterwards.commands), peace, "after its return"),
      (allTheTime.perRequest, inPeace.perRequest, "a request, all the time,"),
    ] where commands > 1.1 * limit {
      broken.append("\(name): \(commands) commands \(time) and not \(limit) as in peace")
    }
    return broken
  }

  /// The figures, in one line.
  var summary: String {
    let slowest = answers.max { $0.took < $1.took }.map { "\($0.took), to \($0.route)" } ?? "none"
    let after = answers.filter { $0.sentAt >= returned + .seconds(2) }
    let failed = answers.count { !$0.isSuccess }
    return "\(name): \(answers.count) requests, \(failed) failed, "
      + "\(after.count { !$0.isSuccess }) of \(after.count) from 2 s after its return on; "
      + "slowest \(slowest); commands a request \(inPeace.perRequest) in peace, "
      + "\(afterwards.perRequest) after its return, \(allTheTime.perRequest) from the fault on"
  }

  private var slow: [String] {
    answers.filter { $0.took > .seconds(1) + min(traffic.delay(of: $0), .seconds(1)) }.map {
      "\(name): \($0.route) took \($0.took), \($0.sentAt - began) after the fault: "
        + "\($0.status) \($0.text)"
    }
  }

  private func unreliable(_ answers: [Traffic.Answer], _ what: String) -> [String] {
    let failures = answers.filter { !$0.isSuccess }
    if answers.count >= 50, failures.count * 100 <= answers.count { return [] }
    let examples = failures.prefix(3).map {
      "\($0.route) \($0.sentAt - returned) after its return: \($0.status) \($0.text)"
    }
    return [
      "\(name): \(failures.count) of \(answers.count) requests \(what) failed: \(examples)"
    ]
  }
}

/// What a Redis did in some time.
private struct Work: Sendable {
  let commands: Int
  /// That were sent to usher.
  let requests: Int
  let time: Duration

  var perRequest: Double { Double(commands) / Double(max(1, requests)) }
}

/// How many commands a Redis has run, of all clients and scripts.
private struct Meter {
  let at: ContinuousClock.Instant
  private let count: Int

  init(_ socket: LocalAddress) throws {
    let text = try RedisConnection(socket).send("INFO", "commandstats").text ?? ""
    count = text.matches(of: /:calls=(\d+)/).reduce(0) { $0 + (Int($1.1) ?? 0) }
    at = .now
  }

  private init(at: ContinuousClock.Instant) {
    self.at = at
    count = 0
  }

  /// The same moment on a server that has counted nothing yet.
  var reset: Meter { Meter(at: at) }

  /// What was done since an earlier moment.
  func work(since earlier: Meter, _ traffic: Traffic) -> Work {
    Work(
      commands: count - earlier.count,
      requests: traffic.answers(from: earlier.at, to: at).count, time: at - earlier.at)
  }
}
