import TestSupport
import Testing

@testable import Queue

@Suite("Memory")
struct QueueMemoryTests {
  private static let people = 100_000

  @Test(
    "a waiting person takes no more than 400 bytes of Redis, index, presence and trail included")
  func waiting() throws {
    let event = try ScriptedEvent()
    let empty = try used(by: event)
    // As long as a UUID, which is what most shops call people.
    let users = (0..<Self.people).map { "6f1f6c1e-5b0a-4c5e-9d0e-\(1_000_000_000_000 + $0)" }
    let limit = BatchQueue<JoinRequest>.batchLimit
    let batches = stride(from: 0, to: users.count, by: limit).map { start in
      Array(users[start..<min(start + limit, users.count)])
    }
    for batch in batches {
      try event.advance(.milliseconds(3))
      try event.join(batch)
    }
    let bytes = Double(try used(by: event) - empty) / Double(Self.people)
    let keys = try event.keys.scriptKeys.map { key in
      let size = try event.send("MEMORY", "USAGE", key.text, "SAMPLES", "0").integer ?? 0
      return "\(key) \(Double(size) / Double(Self.people))"
    }
    print("a waiting person takes \(bytes) bytes of Redis; by key: \(keys)")
    #expect(bytes <= 400)
  }

  private func used(by event: ScriptedEvent) throws -> Int {
    let memory = try event.send("INFO", "memory").text ?? ""
    let line = memory.split(separator: "\r\n").first { $0.hasPrefix("used_memory:") }
    return try #require(line.flatMap { Int($0.dropFirst("used_memory:".count)) })
  }
}
