import Glibc
import Testing

@testable import Loop

@Suite("startThread")
struct ThreadTests {
  @Test("the body runs on a thread of its own")
  func ownThread() throws {
    let caller = pthread_self()
    #expect(try onOwnThread { pthread_equal(caller, pthread_self()) } == 0)
  }

  @Test(
    "the thread bears its name, cut after 15 bytes", arguments: ["front 3", "much too long a name"])
  func name(_ name: String) throws {
    let loop = try Loop()
    let inbox = try Inbox<String>()
    var answer: String?
    try inbox.deliver(on: loop) { answer = $0 }
    try startThread(name: name) { inbox.send(contents(of: "/proc/thread-self/comm")) }
    try loop.turn { answer != nil }
    #expect(answer == name.prefix(15) + "\n")
  }

  @Test("what the body held is let go when the thread ends")
  func releases() throws {
    final class Witness: Sendable {
      let inbox: Inbox<Void>
      init(_ inbox: Inbox<Void>) { self.inbox = inbox }
      deinit { inbox.send(()) }
    }
    let loop = try Loop()
    let inbox = try Inbox<Void>()
    var released = false
    try inbox.deliver(on: loop) { released = true }
    do {
      let witness = Witness(inbox)
      try startThread(name: "holder") { _ = witness }
    }
    try loop.turn { released }
  }
}
