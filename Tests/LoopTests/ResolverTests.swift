import Glibc
import Testing

@testable import Loop

@Suite("Resolver")
struct ResolverTests {
  @Test(
    "literal addresses and Unix paths are answered inside the call",
    arguments: [
      ("127.0.0.1:6379", AF_INET), ("[::1]:6379", AF_INET6), ("unix:/tmp/redis", AF_UNIX),
    ])
  func literal(text: String, family: Int32) throws {
    let resolver = try Resolver(loop: Loop())
    var answer: Resolver.Answer?
    resolver.resolve(try #require(SocketAddress(text))) { answer = $0 }
    let addresses = try #require(answer).get()
    #expect(addresses.map(\.family) == [family])
  }

  @Test("a name is answered on the loop's thread, after the call")
  func name() throws {
    let loop = try Loop()
    let resolver = try Resolver(loop: loop)
    let thread = pthread_self()
    var answer: Resolver.Answer?
    resolver.resolve(.tcp(host: "localhost", port: 80)) {
      #expect(pthread_equal(thread, pthread_self()) != 0)
      answer = $0
    }
    #expect(answer == nil)
    try loop.turn { answer != nil }
    let addresses = try #require(answer).get()
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { $0.family == AF_INET || $0.family == AF_INET6 })
  }

  @Test("a name that cannot exist fails, with the name in the error")
  func unknownName() throws {
    let loop = try Loop()
    let resolver = try Resolver(loop: loop)
    var answer: Resolver.Answer?
    resolver.resolve(.tcp(host: "nobody.invalid", port: 80)) { answer = $0 }
    try loop.turn { answer != nil }
    let error = #expect(throws: ResolveError.self) { try answer?.get() }
    #expect(error?.host == "nobody.invalid")
    #expect(error?.description.hasPrefix("cannot resolve nobody.invalid: ") == true)
  }

  @Test("each of many questions gets its own answer, once")
  func many() throws {
    let loop = try Loop()
    let resolver = try Resolver(loop: loop)
    var answers: [UInt16: Int] = [:]
    for port: UInt16 in 1...20 {
      resolver.resolve(.tcp(host: "localhost", port: port)) { answer in
        #expect((try? answer.get())?.first?.port == port)
        answers[port, default: 0] += 1
      }
    }
    try loop.turn { answers.count == 20 }
    try loop.turn(waitingAtMost: .zero)
    #expect(answers.values.allSatisfy { $0 == 1 })
  }

  @Test("an answer for a resolver that went away is dropped")
  func goneAway() throws {
    let loop = try Loop()
    var answered = false
    do {
      let resolver = try Resolver(loop: loop)
      resolver.resolve(.tcp(host: "localhost", port: 80)) { _ in answered = true }
    }
    // A second answer, asked for later, shows that the first has had its time.
    let resolver = try Resolver(loop: loop)
    var later = false
    resolver.resolve(.tcp(host: "localhost", port: 80)) { _ in later = true }
    try loop.turn { later }
    #expect(!answered)
  }

  @Test("a completion may let the resolver go: the other answers are dropped")
  func letGoInCompletion() throws {
    let loop = try Loop()
    var resolver: Resolver? = try Resolver(loop: loop)
    var answers = 0
    for _ in 0..<10 {
      resolver?.resolve(.tcp(host: "localhost", port: 80)) { _ in
        answers += 1
        resolver = nil
      }
    }
    try loop.turn { answers > 0 }
    for _ in 0..<10 { try loop.turn(waitingAtMost: .milliseconds(1)) }
    #expect(answers == 1)
  }
}

extension ResolvedAddress {
  fileprivate var port: UInt16 {
    withSocketAddress { address, _ in
      address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        UInt16(bigEndian: $0.pointee.sin_port)
      }
    }
  }
}
