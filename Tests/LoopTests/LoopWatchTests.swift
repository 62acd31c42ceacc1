import Glibc
import Testing

@testable import Loop

@Suite("Loop: watching descriptors")
struct LoopWatchTests {
  @Test("a handler hears its descriptor each turn for as long as it is ready")
  func levelTriggered() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    var heard = 0
    _ = try loop.watch(pipe.reading, for: .readable) { readiness in
      #expect(readiness.readable && !readiness.writable)
      heard += 1
    }
    try loop.turn(waitingAtMost: .zero)
    #expect(heard == 0)
    pipe.fill()
    try loop.turn()
    try loop.turn()
    #expect(heard == 2)
  }

  @Test("an end of file and a broken pipe wake the side that waits for them")
  func hangUps() throws {
    let loop = try Loop()
    let (ended, broken) = (try Pipe(), try Pipe())
    var heard: [String] = []
    _ = try loop.watch(ended.reading, for: .readable) { if $0.readable { heard.append("end") } }
    _ = try loop.watch(broken.writing, for: .readable) { if $0.writable { heard.append("broken") } }
    try loop.turn(waitingAtMost: .zero)
    #expect(heard.isEmpty)
    ended.closeWriting()
    broken.closeReading()
    try loop.turn()
    #expect(Set(heard) == ["end", "broken"])
  }

  @Test("the end of what a peer sends is told once, and what it sends before is not")
  func peerEnd() throws {
    let loop = try Loop()
    var ends: [Int32] = [-1, -1]
    try SystemError.check("socketpair") {
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    }
    let left = Descriptor(owning: ends[0])
    let right = Descriptor(owning: ends[1])
    var heard = 0
    _ = try loop.watch(left.raw, for: .peerEnd) { if $0.readable { heard += 1 } }
    #expect(write(right.raw, "x", 1) == 1)
    try loop.turn(waitingAtMost: .zero)
    #expect(heard == 0)
    #expect(shutdown(right.raw, Int32(SHUT_WR)) == 0)
    try loop.turn()
    try loop.turn(waitingAtMost: .zero)
    #expect(heard == 1)
  }

  @Test("modify changes what a handler is told")
  func modify() throws {
    let loop = try Loop()
    var ends: [Int32] = [-1, -1]
    try SystemError.check("socketpair") {
      socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    }
    let left = Descriptor(owning: ends[0])
    let right = Descriptor(owning: ends[1])
    var heard: [(readable: Bool, writable: Bool)] = []
    let watch = try loop.watch(left.raw, for: .readable) {
      heard.append(($0.readable, $0.writable))
    }
    try loop.turn(waitingAtMost: .zero)
    #expect(heard.isEmpty)

    try loop.modify(watch, for: [.readable, .writable])
    try loop.turn()
    #expect(heard.last.map { !$0.readable && $0.writable } == true)

    #expect(write(right.raw, "x", 1) == 1)
    try loop.turn()
    #expect(heard.last.map { $0.readable && $0.writable } == true)

    try loop.modify(watch, for: [])
    heard = []
    try loop.turn(waitingAtMost: .zero)
    #expect(heard.isEmpty)
  }

  @Test("more descriptors than one wait can bring are all heard")
  func many() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    pipe.fill()
    let copies = try (0..<600).map { _ in try SystemError.check("dup") { dup(pipe.reading) } }
    defer { for copy in copies { close(copy) } }
    var heard: Set<Int32> = []
    for copy in copies {
      _ = try loop.watch(copy, for: .readable) { _ in heard.insert(copy) }
    }
    for _ in 0..<3 { try loop.turn(waitingAtMost: .zero) }
    #expect(heard == Set(copies))
  }

  @Test("after unwatch nothing is heard, and unwatching again changes nothing")
  func unwatch() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    pipe.fill()
    var heard = 0
    let watch = try loop.watch(pipe.reading, for: .readable) { _ in heard += 1 }
    loop.unwatch(watch)
    loop.unwatch(watch)
    try loop.turn(waitingAtMost: .zero)
    #expect(heard == 0)
  }

  @Test("a handler can unwatch itself and is let go")
  func unwatchItself() throws {
    final class Witness {}
    let loop = try Loop()
    let pipe = try Pipe()
    pipe.fill()
    weak var held: Witness?
    var watch: Loop.WatchID?
    var heard = 0
    do {
      let witness = Witness()
      held = witness
      watch = try loop.watch(pipe.reading, for: .readable) { _ in
        if let watch { loop.unwatch(watch) }
        _ = witness
        heard += 1
      }
    }
    #expect(held != nil)
    try loop.turn()
    try loop.turn(waitingAtMost: .zero)
    #expect(heard == 1)
    #expect(held == nil)
  }

  @Test("unwatching another that is ready in the same turn drops its event, fetched as it is")
  func unwatchAnother() throws {
    let loop = try Loop()
    let pipes = [try Pipe(), try Pipe()]
    var watches: [Loop.WatchID] = []
    var heard: [Int] = []
    for (index, pipe) in pipes.enumerated() {
      pipe.fill()
      watches.append(
        try loop.watch(pipe.reading, for: .readable) { _ in
          heard.append(index)
          loop.unwatch(watches[1 - index])
        })
    }
    try loop.turn()
    #expect(heard.count == 1)
  }

  @Test("a number that is closed and used again in the same turn does not get the old event")
  func staleEvent() throws {
    let loop = try Loop()
    let quiet = try Pipe()
    let pipes = [try Pipe(), try Pipe()]
    var watches: [Loop.WatchID] = []
    var heard: [String] = []
    for (index, pipe) in pipes.enumerated() {
      pipe.fill()
      let other = pipes[1 - index].reading
      watches.append(
        try loop.watch(pipe.reading, for: .readable) { _ in
          heard.append("old")
          loop.unwatch(watches[1 - index])
          loop.unwatch(watches[index])
          // Closes the other's file and gives its number to the quiet pipe, in one step.
          #expect(dup2(quiet.reading, other) == other)
          #expect(throws: Never.self) {
            _ = try loop.watch(other, for: .readable) { _ in heard.append("new") }
          }
        })
    }
    try loop.turn()
    #expect(heard == ["old"])

    quiet.fill()
    try loop.turn()
    #expect(heard == ["old", "new"])
  }

  @Test("what is done to an old watch leaves the new owner of its number alone")
  func lateUnwatch() throws {
    let loop = try Loop()
    let (old, new) = (try Pipe(), try Pipe())
    let number = old.reading
    var heard: [String] = []
    let oldWatch = try loop.watch(number, for: .readable) { _ in heard.append("old") }
    #expect(dup2(new.reading, number) == number)
    _ = try loop.watch(number, for: .readable) { _ in heard.append("new") }

    #expect(throws: SystemError(call: "epoll_ctl", code: ENOENT)) {
      try loop.modify(oldWatch, for: .writable)
    }
    loop.unwatch(oldWatch)
    new.fill()
    try loop.turn(waitingAtMost: .zero)
    #expect(heard == ["new"])
  }

  @Test("a descriptor can be watched again after unwatch, and only once at a time")
  func watchAgain() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    pipe.fill()
    var heard: [String] = []
    let first = try loop.watch(pipe.reading, for: .readable) { _ in heard.append("first") }
    #expect(throws: SystemError(call: "epoll_ctl", code: EEXIST)) {
      _ = try loop.watch(pipe.reading, for: .readable) { _ in heard.append("twice") }
    }
    try loop.turn()
    loop.unwatch(first)
    _ = try loop.watch(pipe.reading, for: .readable) { _ in heard.append("second") }
    try loop.turn()
    #expect(heard == ["first", "second"])
  }

  @Test("what cannot be watched says so")
  func unwatchable() throws {
    let loop = try Loop()
    let pipe = try Pipe()
    let watch = try loop.watch(pipe.reading, for: .readable) { _ in }
    loop.unwatch(watch)
    #expect(throws: SystemError(call: "epoll_ctl", code: ENOENT)) {
      try loop.modify(watch, for: .readable)
    }
    #expect(throws: SystemError(call: "epoll_ctl", code: EBADF)) {
      _ = try loop.watch(-1, for: .readable) { _ in }
    }
  }
}
