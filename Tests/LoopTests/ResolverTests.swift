import Glibc
import Locking
import Testing

@testable import Loop

@Suite("Resolver")
struct ResolverTests {
  private let patience = Duration.seconds(20)

  @Test(
    "literal addresses and Unix paths are answered inside the call",
    arguments: [
      ("127.0.0.1:6379", AF_INET), ("[::1]:6379", AF_INET6), ("unix:/tmp/redis", AF_UNIX),
    ])
  func literal(text: String, family: Int32) throws {
    let resolver = try Resolver(loop: Loop())
    var answer: Resolver.Answer?
    resolver.resolve(try #require(SocketAddress(text)), within: patience) { answer = $0 }
    let addresses = try #require(answer).get()
    #expect(addresses.map(\.family) == [family])
  }

  @Test("a name is answered on the loop's thread, after the call")
  func name() throws {
    let loop = try Loop()
    let resolver = try Resolver(loop: loop)
    let thread = pthread_self()
    var answer: Resolver.Answer?
    resolver.resolve(.tcp(host: "localhost", port: 80), within: patience) {
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
    resolver.resolve(.tcp(host: "nobody.invalid", port: 80), within: patience) { answer = $0 }
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
      resolver.resolve(.tcp(host: "localhost", port: port), within: patience) { answer in
        #expect((try? answer.get())?.first?.port == port)
        answers[port, default: 0] += 1
      }
    }
    try loop.turn { answers.count == 20 }
    try loop.turn(waitingAtMost: .zero)
    #expect(answers.values.allSatisfy { $0 == 1 })
  }

  @Test("ever new names take a few threads, and each asker is answered in its time")
  func everNewNames() throws {
    let resolver = HangingResolver()
    let loop = try Loop()
    let asking = try Resolver(
      loop: loop, lookUps: LookUps(threads: 3, names: 10, lookUp: resolver.lookUp))
    var failed = 0
    for number in 0..<2000 {
      asking.resolve(.tcp(host: "n\(number)", port: 1), within: .milliseconds(200)) { answer in
        if case .failure(let error) = answer, error.code == EAI_AGAIN { failed += 1 }
      }
    }
    try loop.turn { failed == 2000 }
    #expect(resolver.most == 3)
    resolver.letGo()
    // The names that nobody waits for any more are not looked up.
    var answer: Resolver.Answer?
    asking.resolve(.tcp(host: "redis", port: 7), within: patience) { answer = $0 }
    try loop.turn { answer != nil }
    #expect(try answer?.get().map(\.port) == [7])
    #expect(resolver.names.count == 4)
  }

  @Test("a name is looked up once, however many ask meanwhile")
  func oneLookUp() throws {
    let resolver = HangingResolver()
    let lookUps = LookUps(threads: 3, names: 10, lookUp: resolver.lookUp)
    let loop = try Loop()
    let both = try [Resolver(loop: loop, lookUps: lookUps), Resolver(loop: loop, lookUps: lookUps)]
    var ports: [UInt16] = []
    for (index, asking) in both.enumerated() {
      for number: UInt16 in 1...50 {
        let address = SocketAddress.tcp(host: "redis", port: number + 100 * UInt16(index))
        asking.resolve(address, within: patience) { ports += (try? $0.get().map(\.port)) ?? [] }
      }
    }
    try loop.turn(waitingAtMost: .milliseconds(10))
    #expect(ports.isEmpty)
    resolver.letGo()
    try loop.turn { ports.count == 100 }
    #expect(Set(ports) == Set(1...50).union(101...150))
    #expect(resolver.names == ["redis"])
  }

  @Test("an answer for a resolver that went away is dropped")
  func goneAway() throws {
    let loop = try Loop()
    var answered = false
    do {
      let resolver = try Resolver(loop: loop)
      resolver.resolve(.tcp(host: "localhost", port: 80), within: patience) { _ in answered = true }
    }
    // A second answer, asked for later, shows that the first has had its time.
    let resolver = try Resolver(loop: loop)
    var later = false
    resolver.resolve(.tcp(host: "localhost", port: 80), within: patience) { _ in later = true }
    try loop.turn { later }
    #expect(!answered)
  }

  @Test("a completion may let the resolver go: the other answers are dropped")
  func letGoInCompletion() throws {
    let loop = try Loop()
    var resolver: Resolver? = try Resolver(loop: loop)
    var answers = 0
    for _ in 0..<10 {
      resolver?.resolve(.tcp(host: "localhost", port: 80), within: patience) { _ in
        answers += 1
        resolver = nil
      }
    }
    try loop.turn { answers > 0 }
    for _ in 0..<10 { try loop.turn(waitingAtMost: .milliseconds(1)) }
    #expect(answers == 1)
  }
}

/// A system whose resolver does not answer before it is let go.
private final class HangingResolver: Sendable {
  private struct State {
    var names: [String] = []
    var underWay = 0
    var most = 0
    var isFree = false
  }

  private let state = Lock(State())

  var names: [String] { state.withLock { $0.names } }
  /// The most names that were looked up at a time.
  var most: Int { state.withLock { $0.most } }

  func letGo() { state.withLock { $0.isFree = true } }

  @Sendable func lookUp(_ name: String) -> Resolver.Answer {
    state.withLock {
      $0.names.append(name)
      $0.underWay += 1
      $0.most = max($0.most, $0.underWay)
    }
    while !state.withLock({ $0.isFree }) { usleep(1000) }
    state.withLock { $0.underWay -= 1 }
    return Resolver.Answer { () throws(ResolveError) in
      try ResolvedAddress.lookUp(.tcp(host: "127.0.0.1", port: 0))
    }
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
