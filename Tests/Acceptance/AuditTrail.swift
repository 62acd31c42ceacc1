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
        ticket: fields["ticket"].flatMap { Int64($0) })
    }
  }

  init(_ entries: [Entry]) {
    self.entries = entries
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

  /// Admissions at a moment when the bucket did not cover everyone ahead and the person too.
  private func overtaking(burst: Double, rate: Double) -> [String] {
    var line = AuditTrailLine()
    var tokens = burst
    var filledAt = entries.first?.at ?? 0
    var faults: [String] = []
    for entry in entries {
      switch entry.operation {
      case "join": line.take(entry.at, entry.user)
      case "resume": line.take(entry.ticket ?? entry.at, entry.user)
      case "leave": line.end(entry)
      case "park": line.park(entry.user)
      case "enter":
        tokens = min(burst, tokens + rate * Double(entry.at - filledAt) / 1e6)
        filledAt = entry.at
        let place = line.place(of: entry)
        line.end(entry)
        if place.map({ Double($0) > tokens + Self.rounding }) ?? true {
          faults.append(
            "\(entry.user) at place \(place.map { "\($0)" } ?? "none") with \(tokens) tokens")
        }
        tokens -= 1
      // The bucket begins empty then, which lets in fewer.
      case "loss": break
      default: faults.append("\(entry.operation) of \(entry.user)")
      }
    }
    return faults
  }

  /// An entry may be some microseconds later than the clock that it was decided by.
  private static let rounding = 0.001
}

/// Who stood where at some moment of a trail.
private struct AuditTrailLine {
  private var tickets: [String: Int64] = [:]
  /// When people were let in or left, last.
  private var ends: [String: Int64] = [:]

  mutating func take(_ ticket: Int64, _ user: String) {
    tickets[user] = min(tickets[user] ?? ticket, ticket)
  }

  mutating func park(_ user: String) {
    tickets[user] = nil
  }

  mutating func end(_ entry: AuditTrail.Entry) {
    tickets[entry.user] = nil
    ends[entry.user] = entry.at
  }

  /// The place of a person who is let in, from 1; nil for one who does not wait. A person with a ticket
  /// whose place was lost has the place again by being let in.
  func place(of entry: AuditTrail.Entry) -> Int? {
    guard let ticket = entry.ticket ?? tickets[entry.user], ticket > ends[entry.user] ?? -1 else {
      return nil
    }
    return tickets.count { $0.key != entry.user && $0.value < ticket } + 1
  }
}
