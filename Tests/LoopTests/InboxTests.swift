import Glibc
import Testing

@testable import Loop

@Suite("Inbox")
struct InboxTests {
  @Test("messages of eight threads arrive, none lost, each sender's in order, on the loop's thread")
  func eightSenders() throws {
    let (senders, messagesEach) = (8, 5_000)
    let loop = try Loop()
    let inbox = try Inbox<(sender: Int, number: Int)>()
    let thread = pthread_self()
    var received: [[Int]] = Array(repeating: [], count: senders)
    var count = 0
    var onLoopThread = true
    try inbox.deliver(on: loop) { message in
      received[message.sender].append(message.number)
      count += 1
      onLoopThread = onLoopThread && pthread_equal(thread, pthread_self()) != 0
    }
    for sender in 0..<senders {
      try startThread(name: "sender \(sender)") {
        for number in 0..<messagesEach { inbox.send((sender, number)) }
      }
    }
    try loop.turn { count == senders * messagesEach }
    for numbers in received { #expect(numbers == Array(0..<messagesEach)) }
    #expect(onLoopThread)
  }

  @Test("what was sent before a loop delivered is not lost")
  func sentBeforeDeliver() throws {
    let loop = try Loop()
    let inbox = try Inbox<Int>()
    for number in 0..<3 { inbox.send(number) }
    var received: [Int] = []
    try inbox.deliver(on: loop) { received.append($0) }
    try loop.turn { received.count >= 3 }
    #expect(received == [0, 1, 2])
  }

  @Test("a message wakes a loop that would wait for ever")
  func wakesInfiniteWait() throws {
    let loop = try Loop()
    let inbox = try Inbox<Void>()
    var woken = false
    try inbox.deliver(on: loop) {
      woken = true
      loop.stop()
    }
    let sleeper = try threadDirectory()
    try startThread(name: "waker") {
      while !isAsleep(sleeper) { sched_yield() }
      inbox.send(())
    }
    try loop.run()
    #expect(woken)
  }

  @Test("a handler can send to its own inbox; the message comes in a later turn")
  func sendInsideHandler() throws {
    let loop = try Loop()
    let inbox = try Inbox<Int>()
    var turns = 0
    loop.turnEnded = { _ in turns += 1 }
    var received: [(message: Int, turn: Int)] = []
    try inbox.deliver(on: loop) { message in
      received.append((message, turns))
      if message < 3 { inbox.send(message + 1) }
    }
    inbox.send(1)
    try loop.turn { received.count == 3 }
    #expect(received.map(\.message) == [1, 2, 3])
    #expect(received.map(\.turn) == [0, 1, 2])
  }

  @Test("an empty inbox leaves its loop alone")
  func silence() throws {
    let loop = try Loop()
    let inbox = try Inbox<Int>()
    var received: [Int] = []
    try inbox.deliver(on: loop) { received.append($0) }
    inbox.send(1)
    try loop.turn()
    let before = Instant.now
    // Were the bell still ringing, this wait would end at once.
    try loop.turn(waitingAtMost: .milliseconds(20))
    #expect(Instant.now - before >= .milliseconds(20))
    #expect(received == [1])
  }

  @Test("delivery ends when its watch does; what is sent then waits")
  func endOfDelivery() throws {
    let loop = try Loop()
    let inbox = try Inbox<Int>()
    var received: [String] = []
    let watch = try inbox.deliver(on: loop) { received.append("first \($0)") }
    loop.unwatch(watch)
    inbox.send(1)
    try loop.turn(waitingAtMost: .zero)
    #expect(received.isEmpty)
    try inbox.deliver(on: loop) { received.append("second \($0)") }
    try loop.turn()
    #expect(received == ["second 1"])
  }
}

/// Where the kernel tells about the calling thread, for other threads to read.
private func threadDirectory() throws -> String {
  let path = try #require(realpath("/proc/thread-self", nil))
  defer { free(path) }
  return String(cString: path)
}

/// Whether a thread sleeps.
///
/// Source: `proc_pid_stat(5)`, the third field.
private func isAsleep(_ threadDirectory: String) -> Bool {
  let status = contents(of: "\(threadDirectory)/stat")
  guard let name = status.lastIndex(of: ")") else { return false }
  return status[name...].hasPrefix(") S")
}
