import Loop
import Testing

@testable import Redis

@Suite struct PipelineTests {
  private typealias Machine = Pipeline<String>

  private let script = Script(name: "enter", source: Array("return 1".utf8))
  private let other = Script(name: "leave", source: Array("return 2".utf8))

  private func time(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
  }

  /// A pipeline with these commands, written together at 100 ms; replies may take 500 ms.
  private func pipeline(_ names: String...) -> Machine {
    var machine = Machine(with: "redis", timeout: .milliseconds(500))
    for name in names { machine.expect(.command(.get, name)) }
    #expect(machine.flushed(at: time(100)) == (names.isEmpty ? nil : time(600)))
    return machine
  }

  private func call(_ script: Script) -> ScriptCall {
    ScriptCall(script: script, keys: [], arguments: [])
  }

  private func arrive(
    _ text: String, at now: Instant, in machine: inout Machine
  ) throws -> Machine.ReplyAction {
    machine.replyArrived(try #require(try reply(text)), at: now)
  }

  private func finished(_ action: Machine.ReplyAction) throws -> Finished<String> {
    guard case .finish(let finished) = action else { throw NotFinished() }
    return finished
  }

  private struct NotFinished: Error {}

  // MARK: - Replies

  @Test("replies belong to commands in order, and are timed from the write")
  func order() throws {
    var machine = pipeline("a", "b")
    machine.expect(.command(.zcard, "c"))
    #expect(machine.flushed(at: time(150)) == nil)
    let first = try finished(arrive(":1\r\n", at: time(200), in: &machine))
    #expect(first.completion == "a")
    #expect(first.elapsed == .milliseconds(100))
    #expect(try first.result.get().integer == 1)
    #expect(try finished(arrive(":2\r\n", at: time(200), in: &machine)).completion == "b")
    let third = try finished(arrive(":3\r\n", at: time(210), in: &machine))
    #expect(third.completion == "c")
    #expect(third.kind == .zcard)
    #expect(third.elapsed == .milliseconds(60))
  }

  @Test("an error reply fails its command and no other")
  func errorReply() throws {
    var machine = pipeline("a", "b")
    let first = try finished(arrive("-OOM too much\r\n", at: time(200), in: &machine))
    #expect(throws: RedisError.server(code: "OOM", message: "too much")) { try first.result.get() }
    #expect(try finished(arrive(":2\r\n", at: time(200), in: &machine)).completion == "b")
  }

  /// A pipeline in which one caller asked for score and rank, and then another for something else.
  private func pairThenOne(asking: Bool = false) -> Machine {
    var machine = Machine(with: "redis", timeout: .milliseconds(500))
    machine.expect(.zscoreAndRank(Key("line"), "ann"), asking: asking, "pair")
    machine.expect(.command(.get, "next"))
    _ = machine.flushed(at: time(100))
    return machine
  }

  @Test(
    "two commands that are asked for as one have one reply, of both",
    arguments: [
      ("$2\r\n42\r\n", ":7\r\n", [42, 7]), ("$-1\r\n", "$-1\r\n", [nil, nil]),
      ("*1\r\n:1\r\n", ":7\r\n", [nil, 7]), ("$-1\r\n", "*1\r\n*1\r\n:7\r\n", [nil, nil]),
    ] as [(String, String, [Int64?])])
  func pair(first: String, second: String, numbers: [Int64?]) throws {
    var machine = pairThenOne()
    guard case .nothing = try arrive(first, at: time(200), in: &machine) else {
      throw NotFinished()
    }
    let both = try finished(arrive(second, at: time(210), in: &machine))
    #expect(both.completion == "pair")
    #expect(both.kind == .zrank)
    #expect(both.elapsed == .milliseconds(110))
    #expect(try both.result.get().elements.map(\.integer) == numbers)
    #expect(try finished(arrive(":1\r\n", at: time(220), in: &machine)).completion == "next")
  }

  @Test(
    "if one of the two fails both do, with the first error there is",
    arguments: [
      ("-MOVED 1 a:1\r\n", "-OOM no\r\n", "MOVED"), ("-ASK 1 a:1\r\n", ":1\r\n", "ASK"),
      ("$1\r\n1\r\n", "-OOM no\r\n", "OOM"),
    ])
  func failedPair(first: String, second: String, code: String) throws {
    var machine = pairThenOne()
    _ = try arrive(first, at: time(200), in: &machine)
    let both = try finished(arrive(second, at: time(210), in: &machine))
    guard case .failure(.server(code, _)) = both.result else {
      Issue.record("\(both.result)")
      return
    }
    #expect(try finished(arrive(":1\r\n", at: time(220), in: &machine)).result.get().integer == 1)
  }

  @Test("each of the two is asked for with an ASKING of its own")
  func askedPair() throws {
    var machine = pairThenOne(asking: true)
    for reply in ["+OK\r\n", "$2\r\n42\r\n", "+OK\r\n"] {
      guard case .nothing = try arrive(reply, at: time(200), in: &machine) else {
        throw NotFinished()
      }
    }
    let both = try finished(arrive(":7\r\n", at: time(210), in: &machine))
    #expect(try both.result.get().elements.map(\.integer) == [42, 7])
  }

  @Test("half a pair at the end is one failure")
  func endedPair() throws {
    var machine = pairThenOne()
    _ = try arrive("$2\r\n42\r\n", at: time(200), in: &machine)
    let abandoned = machine.end(CloseCause(.lost, "why"), at: time(300))
    #expect(abandoned.map(\.completion) == ["pair", "next"])
    #expect(throws: RedisError.connectionLost("why")) { try abandoned[0].result.get() }
    var untouched = pairThenOne()
    #expect(untouched.end(CloseCause(.lost, "why"), at: time(300)).count == 2)
  }

  @Test("a reply that nobody asked for is the end")
  func unasked() throws {
    var machine = pipeline("a")
    _ = try arrive(":1\r\n", at: time(200), in: &machine)
    guard case .end(let cause) = try arrive(":2\r\n", at: time(200), in: &machine) else {
      throw NotFinished()
    }
    #expect(cause == CloseCause(.protocolViolation, "redis sent a reply that nobody asked for"))
  }

  @Test("so is a reply to a command that is not written yet")
  func tooEarly() throws {
    var machine = pipeline()
    machine.expect(.command(.get, "a"))
    guard case .end(let cause) = try arrive(":1\r\n", at: time(200), in: &machine) else {
      throw NotFinished()
    }
    #expect(cause.reason == .protocolViolation)
    // The command was never written, and its caller may well try again.
    let abandoned = machine.end(cause, at: time(200))
    #expect(abandoned.map(\.completion) == ["a"])
    #expect(throws: RedisError.unavailable(cause.sentence)) { try abandoned[0].result.get() }
  }

  // MARK: - Deadlines

  @Test("a deadline is reached at its nanosecond and not before")
  func exactDeadline() {
    var machine = pipeline("a")
    let deadline = time(600)
    #expect(
      machine.deadlineReached(at: Instant(nanoseconds: deadline.nanoseconds - 1))
        == .wait(until: deadline))
    #expect(
      machine.deadlineReached(at: deadline)
        == .end(CloseCause(.timeout, "redis did not answer in time")))
  }

  @Test("one timer follows the oldest command, however many come and go")
  func oneTimer() throws {
    var machine = pipeline("a")
    machine.expect(.command(.get, "b"))
    #expect(machine.flushed(at: time(300)) == nil)
    _ = try arrive(":1\r\n", at: time(400), in: &machine)
    #expect(machine.deadlineReached(at: time(600)) == .wait(until: time(800)))
    _ = try arrive(":1\r\n", at: time(700), in: &machine)
    #expect(machine.deadlineReached(at: time(800)) == .nothing)
    // With nothing in flight there is no timer, so the next write asks for one.
    machine.expect(.command(.get, "c"))
    #expect(machine.flushed(at: time(900)) == time(1400))
  }

  @Test(
    "at the end the late ones timed out, the others lost their connection, the rest was never sent")
  func endings() {
    var machine = pipeline("late")
    machine.expect(.command(.get, "young"))
    _ = machine.flushed(at: time(101))
    machine.expect(.command(.get, "unsent"))
    let abandoned = machine.end(CloseCause(.timeout, "why"), at: time(600))
    #expect(abandoned.map(\.completion) == ["late", "young", "unsent"])
    #expect(throws: RedisError.timeout) { try abandoned[0].result.get() }
    #expect(throws: RedisError.connectionLost("why")) { try abandoned[1].result.get() }
    #expect(throws: RedisError.unavailable("why")) { try abandoned[2].result.get() }
    #expect(
      abandoned.map(\.elapsed) == [.milliseconds(500), .milliseconds(499), nil])
    #expect(machine.end(CloseCause(.lost, "again"), at: time(700)).isEmpty)
  }

  @Test(
    "why the connection ended decides what is told",
    arguments: [
      (CloseReason.lost, RedisError.connectionLost("why")),
      (.shutdown, .connectionLost("why")),
      (.idle, .connectionLost("why")),
      (.timeout, .connectionLost("why")),
      (.protocolViolation, .protocolViolation("why")),
    ])
  func reasons(reason: CloseReason, error: RedisError) {
    var machine = pipeline("a")
    let abandoned = machine.end(CloseCause(reason, "why"), at: time(200))
    #expect(throws: error) { try abandoned[0].result.get() }
  }

  // MARK: - Scripts

  /// A pipeline in which these scripts were called at 100 ms and none was known.
  private func forgotten(_ scripts: [Script]) throws -> (Machine, [Machine.ReplyAction]) {
    var machine = Machine(with: "redis", timeout: .milliseconds(500))
    for script in scripts { machine.expect(.script(call(script), script.name)) }
    _ = machine.flushed(at: time(100))
    let actions = try scripts.map { _ in
      try arrive("-NOSCRIPT No matching script.\r\n", at: time(200), in: &machine)
    }
    _ = machine.flushed(at: time(200))
    return (machine, actions)
  }

  @Test(
    "a script that Redis has forgotten is loaded and called again, and its caller sees one call")
  func reload() throws {
    var (machine, actions) = try forgotten([script])
    guard case .callAgain(let load, let call) = actions[0] else { throw NotFinished() }
    #expect(load === script)
    #expect(call.script === script)
    guard case .nothing = try arrive("$3\r\nsha\r\n", at: time(300), in: &machine) else {
      throw NotFinished()
    }
    let done = try finished(arrive(":1\r\n", at: time(400), in: &machine))
    #expect(done.completion == "enter")
    #expect(done.script === script)
    #expect(done.elapsed == .milliseconds(300))
    #expect(try done.result.get().integer == 1)
  }

  @Test("calls that find the load under way do not load again; other scripts do")
  func sharedLoad() throws {
    let (_, actions) = try forgotten([script, script, other])
    let loads = actions.map { action -> String? in
      if case .callAgain(let load, _) = action { load?.name } else { "no second call" }
    }
    #expect(loads == ["enter", nil, "leave"])
  }

  @Test("ASKING is nobody's, and goes again before a call that is made again")
  func asking() throws {
    var machine = Machine(with: "redis", timeout: .milliseconds(500))
    machine.expect(.asking)
    var asked = call(script)
    asked.asking = true
    machine.expect(.script(asked, "enter"))
    _ = machine.flushed(at: time(100))
    guard case .nothing = try arrive("+OK\r\n", at: time(200), in: &machine),
      case .callAgain(let load, let again) = try arrive(
        "-NOSCRIPT no\r\n", at: time(200), in: &machine)
    else { throw NotFinished() }
    #expect(load === script)
    #expect(again.asking)
    _ = machine.flushed(at: time(200))
    for _ in 0..<2 { _ = try arrive("+OK\r\n", at: time(300), in: &machine) }
    #expect(try finished(arrive(":1\r\n", at: time(400), in: &machine)).completion == "enter")
  }

  @Test("a thousand calls of a forgotten script load it once, and are due when the first was")
  func manyCalls() throws {
    let (machine, actions) = try forgotten(Array(repeating: script, count: 1000))
    let loads = actions.count {
      if case .callAgain(let load?, _) = $0 { load === script } else { false }
    }
    #expect(loads == 1)
    var copy = machine
    #expect(copy.deadlineReached(at: time(599)) == .wait(until: time(600)))
  }

  @Test("a script that is forgotten twice fails")
  func forgottenTwice() throws {
    var (machine, _) = try forgotten([script])
    _ = try arrive("$3\r\nsha\r\n", at: time(300), in: &machine)
    let done = try finished(
      arrive("-NOSCRIPT No matching script.\r\n", at: time(400), in: &machine))
    #expect(throws: RedisError.server(code: "NOSCRIPT", message: "No matching script.")) {
      try done.result.get()
    }
  }

  @Test("a load that Redis refuses is what the caller hears of")
  func refusedLoad() throws {
    var (machine, _) = try forgotten([script])
    _ = try arrive("-NOPERM no permission\r\n", at: time(300), in: &machine)
    let done = try finished(
      arrive("-NOSCRIPT No matching script.\r\n", at: time(400), in: &machine))
    #expect(throws: RedisError.server(code: "NOPERM", message: "no permission")) {
      try done.result.get()
    }
  }

  @Test("the second call keeps the first one's deadline, though it stands behind younger commands")
  func secondDeadline() throws {
    var machine = Machine(with: "redis", timeout: .milliseconds(500))
    machine.expect(.script(call(script), "script"))
    _ = machine.flushed(at: time(100))
    machine.expect(.command(.get, "young"))
    _ = machine.flushed(at: time(150))
    _ = try arrive("-NOSCRIPT No matching script.\r\n", at: time(200), in: &machine)
    _ = machine.flushed(at: time(200))
    #expect(machine.deadlineReached(at: time(599)) == .wait(until: time(600)))
    let cause = CloseCause(.timeout, "redis did not answer in time")
    #expect(machine.deadlineReached(at: time(600)) == .end(cause))
    let abandoned = machine.end(cause, at: time(600))
    #expect(abandoned.map(\.completion) == ["young", "script"])
    #expect(throws: RedisError.connectionLost(cause.sentence)) { try abandoned[0].result.get() }
    #expect(throws: RedisError.timeout) { try abandoned[1].result.get() }
  }
}
