import TestSupport

@testable import Queue

/// The scripts of version 0.1, whose sidecars share a Redis with ours while pods are replaced; as it
/// calls them, at one event.
struct Version01 {
  private let event: ScriptedEvent
  private var hashes: [String: String] = [:]
  /// `created` as the last reply told it.
  private(set) var created: Int64 = 0

  /// Loads them into the event's Redis.
  init(on event: ScriptedEvent) throws {
    self.event = event
    for name in ["join", "resume", "enter", "leave", "pulse", "park"] {
      let text = try ["event", name].map {
        try Repository.text(of: "Tests/QueueTests/Version01/\($0).lua")
      }.joined(separator: "\n")
      hashes[name] = try event.send("SCRIPT", "LOAD", ScriptedEvent.withTestClock(text)).text
    }
  }

  private mutating func call(_ name: String, _ own: [String], creates place: Int) throws
    -> RedisReply
  {
    let settings = event.settings
    let fixed = [
      "\(created)", "\(settings.ticketTTL.microseconds)", "\(settings.eventTTL.components.seconds)",
      "\(settings.rebuildWindow.microseconds)", "\(settings.admissionRate)",
      "\(settings.admissionBurst)", "\(settings.grantTTL.microseconds)",
    ]
    let keys = event.keys.scriptKeys.prefix(9).map(\.text)
    let reply = try event.send(["EVALSHA", hashes[name] ?? "", "9"] + keys + fixed + own)
    if let told = reply.elements?[place].text.flatMap({ Int64($0) }), told > 0 { created = told }
    return reply
  }

  /// Joins; the ticket, and whether that is new.
  mutating func join(_ user: String) throws -> (ticket: Int64, isNew: Bool) {
    let reply = try call("join", ["0", "1", "1", "0.1", "0", user], creates: 1)
    guard let answer = reply.elements?[2].elements,
      let ticket = answer[1].text.flatMap({ Int64($0) })
    else { throw TestFailure("0.1 cannot join \(user): \(reply)") }
    return (ticket, answer[0] == .integer(1))
  }

  /// Comes back; the place, or why there is none.
  mutating func resume(_ user: String, _ ticket: Int64) throws -> Result<Int, End> {
    try about("resume", user, ticket) { Int($0[2].integer ?? 0) }
  }

  /// Enters; whether that is granted, now or before, or why it never will be.
  mutating func enter(_ user: String, _ ticket: Int64) throws -> Result<Bool, End> {
    try about("enter", user, ticket) { _ in true }
  }

  /// Leaves.
  mutating func leave(_ user: String, _ ticket: Int64) throws -> Result<Bool, End> {
    try about("leave", user, ticket) { $0[2] == .integer(1) }
  }

  /// Why a ticket waits no longer, or, of one that asks to enter, does not enter yet.
  struct End: Error, Equatable { let word: String }

  private mutating func about<Value>(
    _ name: String, _ user: String, _ ticket: Int64, _ read: ([RedisReply]) -> Value
  ) throws -> Result<Value, End> {
    let reply = try call(name, [user, "\(ticket)"], creates: 1)
    guard let parts = reply.elements else { throw TestFailure("\(reply)") }
    if parts[0] == .integer(0) {
      if let told = parts[2].text.flatMap({ Int64($0) }), told > 0 { created = told }
      return .failure(End(word: parts[1].text ?? ""))
    }
    return .success(read(parts))
  }

  mutating func pulse(_ users: [String]) throws {
    _ = try call("pulse", users, creates: 3)
  }

  mutating func park() throws {
    let settings = event.settings
    _ = try call(
      "park", ["\(settings.presenceTTL.milliseconds)", "\(settings.presenceHeadTTL.milliseconds)"],
      creates: 0)
  }
}
