import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Requests that never become whole, and answers that no client takes.
  @Suite("unfinished requests", .tags(.fault))
  struct DripFaults {
    /// What a client of the thousand does, of which usher sees no end.
    enum Kind: CaseIterable, Sendable {
      case silence, header, body, answer

      /// What is sent at once.
      var beginning: String {
        switch self {
        case .silence: ""
        case .header: "POST /api/v1/queue/join HTTP/1.1\r\nHost: a\r\nX: "
        case .body:
          "POST /api/v1/queue/join HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{\"event_id"
        // More than both kernels keep for a client that does not read, and more than usher reads ahead.
        case .answer:
          String(
            repeating: "GET /api/v1/events/show/seats HTTP/1.1\r\nHost: a\r\n\r\n", count: 500)
        }
      }

      /// What is sent each second.
      var drop: String? { self == .header || self == .body ? "a" : nil }
    }

    @Test("1,000 of them end at 5 s, give or take a second, and others wait no longer for them")
    func thousand() throws {
      let fixture = try UsherFixture.sellingSeats(redis: .standalone, flags: ["--fronts", "2"])
      try fixture.putSeats((1...1000).map { "a seat of \($0)".replacing(" ", with: "-") })
      let probe = try LatencyProbe(at: fixture)
      sleep(2)
      let inPeace = try probe.median()
      let drips = try Drips(fixture.usher, kinds: Self.thousand)
      // That they came was work; that they are there must be none.
      probe.forget()
      let lives = try drips.awaitEnds()
      let meanwhile = try probe.median()
      for (kind, life) in zip(Self.thousand, lives) {
        let latest = 5.0 + Double(Patience.factor)
        #expect((4.0...latest).contains(life / .seconds(1)), "\(kind)")
      }
      #expect(meanwhile < inPeace * 2 + .milliseconds(2), "\(inPeace) in peace")
      #expect(try probe.leave() == [])
      // None of them is still taken for a request under way.
      #expect(try fixture.usher.metric("usher_http_requests_in_flight") == 0)
    }

    /// Not many do not read: to fill what the kernel keeps for each is work.
    private static let thousand = (0..<1000).map { number -> Kind in
      number < 20 ? .answer : [.silence, .header, .body][number % 3]
    }
  }
}

/// The clients of ``WholeProgram/DripFaults``.
private final class Drips {
  private let swarm: Swarm
  private let kinds: [WholeProgram.DripFaults.Kind]
  private var began: [ContinuousClock.Instant] = []
  private var lives: [Int: Duration] = [:]

  init(_ usher: UsherProcess, kinds: [WholeProgram.DripFaults.Kind]) throws {
    self.kinds = kinds
    swarm = Swarm(usher.address, server: usher)
    for (number, kind) in kinds.enumerated() {
      began.append(.now)
      try swarm.join(reads: kind != .answer)
      try swarm.send(kind.beginning, from: number)
    }
  }

  /// Drips until all connections are closed; returns how long each was there.
  func awaitEnds() throws -> [Duration] {
    var nextDrop = ContinuousClock.now
    try swarm.wait(for: "all are closed", within: .seconds(20)) {
      swarm.open == 0
    } _: { [self] number, notice in
      if case .closed = notice { lives[number] = .now - began[number] }
    } meanwhile: { [self] in
      guard nextDrop <= .now else { return }
      nextDrop += .seconds(1)
      for (number, kind) in kinds.enumerated() {
        if let drop = kind.drop { try swarm.send(drop, from: number) }
      }
    }
    return kinds.indices.map { lives[$0] ?? .zero }
  }
}
