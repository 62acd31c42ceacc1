import Foundation
import Loop
import Redis
import TestSupport
import Testing

@testable import Queue

@Suite("WaitingRoom, when Redis fails")
struct WaitingRoomFailureTests {
  private let under: RoomUnderTest
  private let tokens: [String]

  init() throws {
    under = try RoomUnderTest()
    tokens = try under.joinTogether(["a", "b", "c"]).map(\.token)
  }

  /// How often each of the operations that were started has been completed, and with what.
  private final class Completions {
    var counts: [Int: Int] = [:]
    var errors: [RedisError] = []
    var started = 0

    func completion<Outcome>(_: Outcome.Type = Outcome.self) -> (Result<Outcome, RedisError>) ->
      Void
    {
      let number = started
      started += 1
      return { [self] result in
        counts[number, default: 0] += 1
        if case .failure(let error) = result { errors.append(error) }
      }
    }

    var areAll: Bool { counts.count == started }
  }

  /// Starts some of each operation.
  private func start(_ completions: Completions) throws {
    for number in 0..<5 {
      let user = try #require(UserID("new \(number)"))
      under.room.join(under.event, user, completions.completion())
      for token in tokens { under.room.status(of: token, completions.completion()) }
      under.room.enter(with: tokens[0], completions.completion())
      under.room.leave(with: tokens[1], completions.completion())
    }
  }

  /// Turns the loop on for a while, in which nothing must be completed again.
  private func settle() throws {
    let end = Instant.now + .milliseconds(300)
    while Instant.now < end { try under.loop.turn(waitingAtMost: .milliseconds(20)) }
  }

  @Test(
    "each operation is completed once when Redis stops in the middle and goes on",
    arguments: [false, true])
  func stopped(withFreshSnapshot: Bool) throws {
    if !withFreshSnapshot {
      try under.wait("the snapshot is old") {
        under.room.line(of: under.event).isStale(at: under.loop.now)
      }
    }
    let completions = Completions()
    try under.server.kill(SIGSTOP)
    try start(completions)
    try under.wait("all are completed") { completions.areAll }
    #expect(completions.errors.count == completions.started)
    #expect(completions.errors.contains { $0.mayHaveHappened })
    try under.server.kill(SIGCONT)
    try settle()
    #expect(completions.counts.values.allSatisfy { $0 == 1 })
    try expectThatItWorksAgain()
  }

  @Test("joins that wait behind a batch that got no answer do not wait for one of their own")
  func queuedJoins() throws {
    let completions = Completions()
    try under.server.kill(SIGSTOP)
    for number in 0..<1000 {
      let user = try #require(UserID("new \(number)"))
      under.room.join(under.event, user, completions.completion())
    }
    // In the turn in which the first hear of it, all the others do.
    try under.wait("the first are completed") { !completions.counts.isEmpty }
    #expect(completions.counts.count == 1000)
    #expect(completions.errors.allSatisfy { $0 == .timeout })
    try under.server.kill(SIGCONT)
    try settle()
    #expect(completions.counts.values.allSatisfy { $0 == 1 })
    try expectThatItWorksAgain()
  }

  @Test("each operation is completed once when Redis dies, and works when it is back")
  func killed() throws {
    let completions = Completions()
    try under.server.kill(SIGSTOP)
    try start(completions)
    // Everything is sent, and never read.
    try under.loop.turn(waitingAtMost: .zero)
    try under.server.kill(SIGKILL)
    try start(completions)
    try under.wait("all are completed") { completions.areAll }
    #expect(completions.errors.count == completions.started)
    try under.server.restart()
    try settle()
    #expect(completions.counts.values.allSatisfy { $0 == 1 })
    try expectThatItWorksAgain()
  }

  @Test("each operation is completed once when the event's keys hold something else")
  func wrongType() throws {
    let other = try under.server.connect()
    try other.send("SET", under.keys.waiting.text, "not a queue")
    let completions = Completions()
    try start(completions)
    try under.wait("all are completed") { completions.areAll }
    try settle()
    #expect(completions.counts.values.allSatisfy { $0 == 1 })
    #expect(completions.errors.count == completions.started)
    for case .server(let code, _) in completions.errors { #expect(code == "WRONGTYPE") }
    try other.send("DEL", under.keys.waiting.text)
    try expectThatItWorksAgain()
  }

  @Test(
    "each operation is completed once, with an error, when scripts bring what they never return",
    arguments: [
      ":1\r\n", "$-1\r\n", "+OK\r\n", "*0\r\n", "*-1\r\n", "*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n",
      "*4\r\n:0\r\n:1\r\n:0\r\n$4\r\nWHAT\r\n", "*4\r\n:1\r\n$-1\r\n:0\r\n*0\r\n",
      "*4\r\n:1\r\n:1\r\n*0\r\n:1\r\n", "*4\r\n:1\r\n:1\r\n*2\r\n:9\r\n:1\r\n:1\r\n",
      "*4\r\n:1\r\n:1\r\n:0\r\n*2\r\n:1\r\n:1\r\n", "*5\r\n$1\r\nx\r\n:1\r\n:0\r\n:1\r\n:1\r\n",
    ])
  func otherReplies(reply: String) throws {
    let room = WaitingRoom(
      loop: under.loop, redis: Impostor(loop: under.loop, reply: reply), signer: under.signer,
      settings: QueueSettings())
    let completions = Completions()
    room.join(under.event, try #require(UserID("a")), completions.completion())
    room.enter(with: tokens[0], completions.completion())
    room.status(of: tokens[2], completions.completion())
    try under.wait("all are completed") { completions.areAll }
    try settle()
    #expect(completions.counts.values.allSatisfy { $0 == 1 })
    #expect(completions.errors.count == 3)
    for error in completions.errors { #expect(error.kind == .protocolViolation) }
  }

  @Test(
    "while Redis takes no writes, people are told where they stand, and wait for that only once")
  func onlyReads() throws {
    let barrier = WriteBarrier(under.pool, loop: under.loop)
    let room = WaitingRoom(
      loop: under.loop, redis: barrier, reads: under.pool, signer: under.signer,
      settings: QueueSettings())
    func position() throws -> (Int?, Duration) {
      let began = Instant.now
      let outcome = try under.result { room.status(of: tokens[1], $0) }.get()
      guard case .waiting(let standing) = outcome else { return (nil, .now - began) }
      return (standing.position, .now - began)
    }
    #expect(try position().0 == 2)
    barrier.letsWrite = false
    try under.wait("the snapshot is old") {
      room.line(of: under.event).isStale(at: under.loop.now)
    }
    let first = try position()
    #expect(first.0 == 2)
    #expect(first.1 >= .milliseconds(100), "it waited for its pulse")
    let rest = try (0..<20).map { _ in try position() }
    #expect(rest.allSatisfy { $0.0 == 2 })
    #expect(rest.map(\.1).sorted()[10] < .milliseconds(100))
    #expect(barrier.kept > 0)

    // A line of which nothing is known cannot be told of.
    let stranger = try #require(EventID("stranger"))
    let token = under.signer.sign(
      WaitingToken(
        event: stranger, user: try #require(UserID("a")), ticket: Ticket(microseconds: 1)))
    #expect(throws: RedisError.timeout) {
      try under.result { room.status(of: token, $0) }.get()
    }
    barrier.letsWrite = true
    try under.wait("it writes again") {
      _ = try? position()
      return !room.line(of: under.event).isPulseFailing
    }
  }

  @Test("an event whose note in the registry got lost is noted though nobody asks again")
  func lostNote() throws {
    let barrier = WriteBarrier(under.pool, loop: under.loop)
    let room = WaitingRoom(
      loop: under.loop, redis: barrier, reads: under.pool, signer: under.signer,
      settings: QueueSettings())
    try under.redis.send("DEL", EventKeys.events.text)
    barrier.letsWrite = false
    _ = try under.result { room.status(of: tokens[0], $0) }
    try under.wait("the note is lost") { barrier.kept >= 2 }
    barrier.letsWrite = true
    try under.wait("it is made") {
      (try? under.redis.send("EXISTS", EventKeys.events.text).integer) == 1
    }
  }

  @Test("a note that nobody takes is not offered for ever")
  func refusedNote() throws {
    let barrier = WriteBarrier(under.pool, loop: under.loop)
    var settings = QueueSettings()
    settings.presenceTTL = .milliseconds(500)
    let room = WaitingRoom(
      loop: under.loop, redis: barrier, reads: under.pool, signer: under.signer, settings: settings)
    barrier.letsWrite = false
    _ = try under.result { room.status(of: tokens[0], $0) }
    let line = room.line(of: under.event)
    try under.wait("it is offered again") { barrier.kept >= 4 }
    try under.wait("that is over") { !line.isBusy }
  }

  @Test(
    "numbers that no script returns are no answer, and trap nowhere",
    arguments: [
      ":9223372036854775807\r\n", ":-9223372036854775808\r\n", "$3\r\nnan\r\n", "$3\r\ninf\r\n",
      "$4\r\n-inf\r\n", "$5\r\n1e308\r\n", ":9007199254740993\r\n",
    ])
  func extremeNumbers(number: String) throws {
    let people = try ["a", "b"].map { try #require(UserID($0)) }
    // As many elements as each script's answer has, one of them such a number.
    for (count, place) in [3, 4, 6, 7, 9, 21].flatMap({ count in (1..<count).map { (count, $0) } })
    {
      var elements = Array(repeating: ":1\r\n", count: count)
      elements[2] = ":0\r\n"
      elements[place] = number
      let reply = "*\(count)\r\n" + elements.joined()
      let nested = "*5\r\n:1\r\n:1\r\n:0\r\n" + reply + reply
      let back = "*6\r\n:1\r\n:1\r\n:0\r\n:1\r\n:1\r\n" + reply
      let loss = "*4\r\n:1\r\n:1\r\n*2\r\n:2\r\n" + number + ":1\r\n"
      for (reply, pulses) in [
        (reply, true), (reply, false), (nested, true), (back, true), (loss, true), (number, true),
      ] {
        let room = WaitingRoom(
          loop: under.loop,
          redis: Impostor(loop: under.loop, reply: reply, pulses: pulses), signer: under.signer,
          settings: QueueSettings())
        let completions = Completions()
        for person in people { room.join(under.event, person, completions.completion()) }
        room.enter(with: tokens[0], completions.completion())
        room.leave(with: tokens[1], completions.completion())
        room.status(of: tokens[2], completions.completion())
        try under.wait("all are completed") { completions.areAll }
        #expect(completions.counts.values.allSatisfy { $0 == 1 })
      }
    }
  }

  private func expectThatItWorksAgain() throws {
    try under.wait("it works again") {
      if case .success(.waiting) = try? under.result({ under.room.status(of: tokens[2], $0) }) {
        return true
      }
      return false
    }
    _ = try under.join("again")
  }
}
