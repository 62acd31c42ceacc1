import Locking
import Testing

@testable import Loop

@Suite("Lock")
struct LockTests {
  @Test("what eight threads add up under the lock is all there")
  func eightThreads() throws {
    let loop = try Loop()
    let inbox = try Inbox<Void>()
    let sum = Lock(0)
    var ended = 0
    try inbox.deliver(on: loop) { ended += 1 }
    for thread in 0..<8 {
      try startThread(name: "adder \(thread)") {
        for _ in 0..<10_000 { sum.withLock { $0 += 1 } }
        inbox.send(())
      }
    }
    try loop.turn { ended == 8 }
    #expect(sum.withLock { $0 } == 80_000)
  }

  @Test("the lock is free again after an error")
  func errors() {
    let value = Lock("before")
    #expect(throws: SystemError(call: "test", code: 1)) {
      try value.withLock { text throws(SystemError) in
        text = "after"
        throw SystemError(call: "test", code: 1)
      }
    }
    #expect(value.withLock { $0 } == "after")
  }
}
