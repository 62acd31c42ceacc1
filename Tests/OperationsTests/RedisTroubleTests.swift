import Loop
import Redis
import Testing

@testable import Operations

@Suite("RedisTrouble")
struct RedisTroubleTests {
  @Test("is read from an error's code, and from a sentence that holds it")
  func codes() {
    for trouble in RedisTrouble.allCases where trouble != .silence {
      #expect(RedisTrouble(.server(code: trouble.rawValue, message: "")) == trouble)
      #expect(RedisTrouble(in: "it answered \(trouble.rawValue) and more") == trouble)
    }
    #expect(RedisTrouble(.timeout) == .silence)
    #expect(RedisTrouble(.circuitOpen) == nil)
    #expect(RedisTrouble(.server(code: "MOVED", message: "1 a:1")) == nil)
    #expect(RedisTrouble(in: "no such file") == nil)
  }

  @Test("a Redis that cannot write is told of by the file that it cannot write")
  func misconfiguration() {
    let append = "Errors writing to the AOF file: No space left on device"
    let snapshot = "Redis is configured to save RDB snapshots, but it's currently unable to persist"
    for (message, trouble, file) in [
      (append, RedisTrouble.cannotAppend, "append-only file"),
      (snapshot, .cannotPersist, "snapshot"),
    ] {
      #expect(RedisTrouble(.server(code: "MISCONF", message: message)) == trouble)
      #expect(RedisTrouble(in: "it refused PING: Redis answered MISCONF \(message)") == trouble)
      #expect(trouble.advice.contains(file))
    }
  }

  @Test("is news when it begins, and over when it was not met for a while")
  func ledger() {
    var ledger = TroubleLedger()
    let began = Instant.now
    let news = [
      ledger.met(.readOnly, at: began), ledger.met(.readOnly, at: began + .seconds(9)),
      ledger.met(.outOfMemory, at: began + .seconds(9)),
    ]
    #expect(news == [true, false, true])
    let over = [18, 19, 40].map { ledger.removeOver(at: began + .seconds($0)) }
    #expect(over == [[], [.outOfMemory, .readOnly], []])
    let isNewsAgain = ledger.met(.readOnly, at: began + .seconds(41))
    #expect(isNewsAgain)
  }
}
