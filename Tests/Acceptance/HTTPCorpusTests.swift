import HTTP
import TestSupport
import Testing

extension WholeProgram {
  @Suite("odd requests")
  struct HTTPCorpusTests {
    @Test("each gets one right answer, or one 4xx and a closed connection, and hides no other")
    func corpus() throws {
      #expect(HTTPCorpus.all.count > 100)
      let fixture = try UsherFixture(redis: .standalone)
      let answers = try parallel(HTTPCorpus.all.count) { number in
        try Self.answers(to: HTTPCorpus.all[number], from: fixture.usher)
      }
      let isStrict = try HTTPLibrary.found().isStrict
      for (odd, answers) in zip(HTTPCorpus.all, answers) {
        let statuses = isStrict ? HTTPCorpus.stricter[odd.name] ?? odd.statuses : odd.statuses
        let name = Comment(rawValue: "\(odd.name): \(answers)")
        // What comes behind the last answer is for no client. libmicrohttpd 0.9 writes the head of its
        // own refusals twice.
        let last = answers.firstIndex { $0.isLast }
        let end = last.map { $0 + 1 } ?? answers.count
        #expect(answers[..<end].map(\.status) == statuses, name)
        #expect(answers[end...].allSatisfy { $0.status == statuses.last }, name)
        #expect(last != nil || answers.isEmpty || odd.breaksOff, name)
      }
      #expect(try fixture.line(at: HTTPCorpus.smuggled) == [])
      #expect(try fixture.gateway().join("corpus").integer("position_hint") > 5)
    }

    @Test("a stricter libmicrohttpd answers none more kindly", arguments: HTTPCorpus.stricter)
    func stricter(name: String, statuses: [Int]) throws {
      let odd = try #require(HTTPCorpus.all.first { $0.name == name })
      #expect(statuses != odd.statuses)
      #expect(statuses == [] || statuses == [400])
    }

    private struct Answer {
      let status: Int
      /// Whether it says that it is the last on its connection.
      let isLast: Bool
    }

    private static func whatComes(_ name: String, _ read: () throws -> [UInt8]) throws -> [UInt8] {
      do { return try read() } catch { throw TestFailure("\(name): \(error)") }
    }

    /// Everything that comes until the server closes the connection.
    private static func answers(to odd: HTTPCase, from usher: UsherProcess) throws -> [Answer] {
      let client = usher.client(timeout: .seconds(20))
      let probe = odd.breaksOff ? "" : HTTPCase.probe
      try client.write((odd.request + probe).unicodeScalars.map { UInt8($0.value) })
      if odd.breaksOff { try client.finishWriting() }
      let bytes = try whatComes("\(odd.name)") { try client.bytesToEnd() }
      let text = String(decoding: bytes, as: UTF8.self)
      return text.matches(of: /HTTP\/1\.1 ([0-9]{3}) [^\r\n]+\r\n(?:[^\r\n]+\r\n)*\r\n/).map {
        Answer(status: Int($0.1) ?? 0, isLast: $0.0.contains("\r\nConnection: close\r\n"))
      }
    }
  }
}
