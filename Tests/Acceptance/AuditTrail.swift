import TestSupport

/// What happened at an event, as its audit trail tells, and whether the bucket allowed it.
struct AuditTrail {
  /// One change.
  struct Entry: Equatable {
    /// Redis time in microseconds; no two entries of an event have the same.
    let at: Int64
    let operation: String
    let user: String
    /// The ticket of the person who came back, was let in or left.
    var ticket: Int64?
    /// What operators have set from here on, by name.
    var settings: [String: String]?
  }

  let entries: [Entry]

  /// Reads all of it.
  init(of event: String, in redis: any RedisStore) throws {
    let reply = try redis.send("XRANGE", "stream:event:{\(event)}", "-", "+")
    entries = try (reply.elements ?? []).map { item in
      guard let parts = item.elements, parts.count == 2, let id = parts[0].text else {
        throw TestFailure("no entry of a stream: \(item)")
      }
      let halves = id.split(separator: "-").compactMap { Int64($0) }
      let words = parts[1].texts
      let fields = Dictionary(
        uniqueKeysWithValues: stride(from: 0, to: words.count, by: 2).map {
          (words[$0], words[$0 + 1])
        })
      return Entry(
        at: halves[0] * 1000 + halves[1], operation: fields["op"] ?? "", user: fields["user"] ?? "",
        ticket: fields["ticket"].flatMap { Int64($0) },
        settings: fields["after"].map(Self.settings))
    }
  }

  init(_ entries: [Entry]) {
    self.entries = entries
  }

  /// `burst=5 state=paused`, taken apart.
  private static func settings(_ text: String) -> [String: String] {
    let parts = text.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
    return Dictionary(uniqueKeysWithValues: parts.map { (String($0[0]), String($0[1])) })
  }

  var admissions: [Entry] { entries.filter { $0.operation == "enter" } }

  /// What a bucket that holds `burst`, was full in the beginning and gets `rate` a second did not
  /// allow. Of a line that was lost in part, this judges what is left.
  func faults(burst: Double, rate: Double) -> [String] {
    crowds(burst: burst, rate: rate) + overtaking(burst: burst, rate: rate)
  }

  /// Spans of time with more admissions than the bucket could hold and get.
  private func crowds(burst: Double, rate: Double) -> [String] {
    let times = admissions.map(\.at)
    return times.indices.flatMap { first in
      times.indices[first...].compactMap { last in
        let allowed = burst + rate * Double(times[last] - times[first]) / 1e6
        let people = last - first + 1
        return Double(people) <= allowed + Self.rounding
          ? nil : "\(people) people from \(times[first]) to \(times[last])"
      }
    }
  }

  /// Calls that the bucket did not cover or that were not in order, and admissions without a call. What
  /// operators set in the meantime counts; each person is inside for `grantTTL`, in seconds.
  func overtaking(burst: Double, rate: Double, grantTTL: Double = 0) -> [String] {
    var judge = CallJudge(burst: burst, rate: rate, grantTTL: grantTTL)
    return entries.compactMap { judge.fault(of: $0) }
  }

  /// An entry may be some microseconds later than the clock that it was decided by.
  static let rounding = 0.001
}
