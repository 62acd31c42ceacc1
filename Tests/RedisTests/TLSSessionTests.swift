import COpenSSL
import TestSupport
import Testing

@testable import Redis

/// Sessions against OpenSSL's own server side, in memory.
@Suite struct TLSSessionTests {
  private let papers: TestAuthority.Papers

  init() throws {
    papers = try TestAuthority.shared.get()
  }

  /// A client, a server, and the bytes between them.
  private final class Pair {
    var client: TLSSession
    let server: TLSPeer
    var plain = OutputBuffer()
    var sealed = OutputBuffer()
    var heard: [UInt8] = []
    var isClosed = false
    var isEstablished: Bool { client.isEstablished }
    var unsealed: Int { plain.count }
    private let bytesAtATime: Int

    init(
      _ context: TLSContext, host: String = "localhost", _ server: TLSPeer,
      bytesAtATime: Int = .max
    ) throws {
      client = try context.session(with: host)
      self.server = server
      self.bytesAtATime = bytesAtATime
    }

    /// Carries bytes both ways until neither side has anything to say.
    func exchange() throws {
      while true {
        if !client.isEstablished { _ = try client.shakeHands() }
        try client.seal(&plain, into: &sealed)
        let there = Array(sealed.unwritten)
        sealed.consume(there.count)
        for part in parts(of: there) { server.take(part) }
        let back = server.sent()
        for part in parts(of: back) { try take(part) }
        if there.isEmpty, back.isEmpty { return }
      }
    }

    private func parts(of bytes: [UInt8]) -> [[UInt8]] {
      stride(from: 0, to: bytes.count, by: min(bytesAtATime, max(1, bytes.count)))
        .map { Array(bytes[$0..<min(bytes.count, $0 + min(bytesAtATime, bytes.count))]) }
    }

    private func take(_ bytes: [UInt8]) throws {
      try bytes.withUnsafeBytes { try client.receive($0) }
      if !client.isEstablished, try !client.shakeHands() { return }
      var buffer = [UInt8](repeating: 0, count: 1000)
      while true {
        switch try buffer.withUnsafeMutableBytes({ try client.open(into: $0) }) {
        case .bytes(let count): heard += buffer[..<count]
        case .wouldBlock: return
        case .ended:
          isClosed = true
          return
        }
      }
    }
  }

  private var trusting: TLSContext {
    TLSContext(TLSSettings(authorityFile: papers.authority.certificate))
  }

  private func failure(_ host: String, _ files: Certificates.Files) throws -> TLSFailure? {
    let pair = try Pair(trusting, host: host, try TLSPeer(files))
    return #expect(throws: TLSFailure.self) { try pair.exchange() }
  }

  private static let versions = [TLS1_2_VERSION, TLS1_3_VERSION]

  @Test("what is said arrives, both ways, in any portions", arguments: versions, [1, 7, .max])
  func exchange(version: Int32, bytesAtATime: Int) throws {
    let pair = try Pair(
      trusting, try TLSPeer(papers.server, newest: version), bytesAtATime: bytesAtATime)
    try pair.exchange()
    #expect(pair.isEstablished)
    // Longer than a record.
    let words = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    pair.plain.append(count: words.count) { $0.copyBytes(from: words) }
    pair.server.say(words.reversed())
    try pair.exchange()
    #expect(pair.server.heard == words)
    #expect(pair.heard == words.reversed())
    #expect(pair.unsealed == 0)
  }

  @Test("nothing that is to be encrypted leaves before the handshake is done")
  func early() throws {
    let pair = try Pair(trusting, try TLSPeer(papers.server))
    _ = try pair.client.shakeHands()
    pair.plain.append(count: 6) { $0.copyBytes(from: "secret".utf8) }
    try pair.client.seal(&pair.plain, into: &pair.sealed)
    #expect(pair.unsealed == 6)
    try pair.exchange()
    #expect(pair.server.heard == Array("secret".utf8))
  }

  @Test("the server is told which name is meant, but no address")
  func serverName() throws {
    let context = TLSContext(
      TLSSettings(authorityFile: papers.authority.certificate, serverName: "localhost"))
    for (host, name) in [
      ("localhost", "localhost"), ("localhost.", "localhost"), ("127.0.0.1", nil),
    ] {
      let pair = try Pair(trusting, host: host, try TLSPeer(papers.server))
      try pair.exchange()
      #expect(pair.server.wantedName == name)
    }
    let pair = try Pair(context, host: "10.9.8.7", try TLSPeer(papers.server))
    try pair.exchange()
    #expect(pair.server.wantedName == "localhost", "the setting beats the host")
  }

  @Test("a certificate for others is refused, whether a name or an address was meant")
  func wrongName() throws {
    let others = "DNS:cache.example, IP Address:10.0.0.1"
    #expect(
      try failure("localhost", papers.wrongName) == .wrongName("localhost", isFor: others))
    #expect(
      try failure("127.0.0.1", papers.wrongName) == .wrongName("127.0.0.1", isFor: others))
    #expect(try failure("10.0.0.2", papers.wrongName) == .wrongName("10.0.0.2", isFor: others))
    #expect(try failure("example", papers.wrongName) == .wrongName("example", isFor: others))
  }

  @Test("a certificate that has expired is refused, and the sentence says since when")
  func expired() throws {
    let failure = try failure("localhost", papers.expired)
    guard case .expired(let date) = failure else {
      Issue.record("it is expired, but: \(failure.map { "\($0)" } ?? "nothing")")
      return
    }
    #expect(date.hasSuffix("GMT"))
  }

  @Test("a certificate of a CA that is not trusted is refused")
  func unknownAuthority() throws {
    #expect(try failure("localhost", papers.stranger) == .unknownAuthority)
    #expect(try failure("localhost", papers.other) == .unknownAuthority, "one that signed itself")
    let system = try Pair(TLSContext(), try TLSPeer(papers.server))
    #expect(throws: TLSFailure.unknownAuthority) { try system.exchange() }
  }

  @Test("the server is told why the handshake failed")
  func alert() throws {
    let pair = try Pair(trusting, try TLSPeer(papers.expired))
    #expect(throws: TLSFailure.self) { try pair.exchange() }
    pair.client.close(into: &pair.sealed)
    let alert = Array(pair.sealed.unwritten)
    pair.server.take(alert)
    #expect(pair.server.failure?.hasSuffix("alert certificate expired") == true)
  }

  @Test(
    "what is no TLS is called by its name", arguments: ["-ERR unknown command\r\n", "HTTP/1.1"])
  func plainText(text: String) throws {
    let pair = try Pair(trusting, try TLSPeer(papers.server))
    #expect(throws: TLSFailure.notTLS) {
      try Array(text.utf8).withUnsafeBytes { try pair.client.receive($0) }
    }
  }

  @Test("garbage in the middle of the handshake is an error, whatever it is")
  func garbage() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let server = try TLSPeer(papers.server)
      var client = try trusting.session(with: "localhost")
      var plain = OutputBuffer()
      var sealed = OutputBuffer()
      _ = try client.shakeHands()
      try client.seal(&plain, into: &sealed)
      server.take(Array(sealed.unwritten))
      var answer = server.sent()
      let place = try #require(meaningfulPlaces(in: answer).randomElement(using: &generator))
      answer[place] ^= UInt8.random(in: 1...255, using: &generator)
      var isDone = false
      do {
        try answer.withUnsafeBytes { try client.receive($0) }
        isDone = try client.shakeHands()
      } catch {
        #expect(error is TLSFailure)
      }
      #expect(!isDone, "byte \(place) was changed")
    }
  }

  /// Where the bytes are that the other side must look at: all but the first and the version in the
  /// head of each record, which TLS 1.3 has it ignore (RFC 8446, 5.1).
  private func meaningfulPlaces(in records: [UInt8]) -> [Int] {
    var places: [Int] = []
    var start = 0
    while start + 5 <= records.count {
      let length = Int(records[start + 3]) << 8 | Int(records[start + 4])
      places += (start + 3..<min(records.count, start + 5 + length))
      start += 5 + length
    }
    return places
  }

  @Test("goodbyes are said and heard")
  func goodbye() throws {
    let pair = try Pair(trusting, try TLSPeer(papers.server))
    try pair.exchange()
    pair.server.sayGoodbye()
    try pair.exchange()
    #expect(pair.isClosed)
    #expect(!pair.server.heardGoodbye)
    pair.client.close(into: &pair.sealed)
    pair.server.take(Array(pair.sealed.unwritten))
    #expect(pair.server.heardGoodbye)
  }

  @Test("a Unix socket has no name to be checked, so one must be given")
  func noName() throws {
    #expect(throws: TLSFailure.noName) { _ = try trusting.session(with: nil) }
  }
}
