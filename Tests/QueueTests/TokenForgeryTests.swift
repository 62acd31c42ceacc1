import Foundation
import Loop
import TestSupport
import Testing

@testable import Queue

@Suite("Forged tokens", .tags(.computation, .long), .selected)
struct TokenForgeryTests {
  private static let forgeries = Selection.amount(normal: 100_000, long: 1_000_000)

  @Test("none is accepted, be it a waiting token, a grant or a session", arguments: Forger.kinds)
  func forgeries(kind: TokenKind) throws {
    let threads = max(2, ProcessInfo.processInfo.activeProcessorCount)
    let accepted = try parallel(threads) { thread in
      var forger = try Forger(kind, seed: UInt64(thread) << 32 + UInt64(kind.byte))
      return forger.accepted(of: Self.forgeries / threads + 1)
    }
    #expect(accepted.flatMap { $0 } == [])
  }
}

/// An attacker with genuine tokens, time, and no secret.
private struct Forger {
  static let kinds: [TokenKind] = [.waiting, .grant, .session]

  private let kind: TokenKind
  /// The signer that must not be deceived. It accepts two secrets, as during a rotation.
  private let signer: TokenSigner
  /// Tokens and grants under the present, the previous and some other secret: as they are signed, and
  /// their bytes.
  private let genuine: Set<String>
  private let models: [[UInt8]]
  private let others: [[UInt8]]
  private var random: SplitMix64

  private static let characters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \0é".utf8)

  init(_ kind: TokenKind, seed: UInt64) throws {
    let secrets = try ["the present secret", "the previous secret", "the secret of another shop"]
      .map { try TokenSecret(bytes: Array($0.utf8)) }
    signer = TokenSigner(current: secrets[0], previous: secrets[1])
    var texts: [TokenKind: [String]] = [:]
    for signer in secrets.map({ TokenSigner(current: $0) }) {
      for name in ["ana", "bo", "김철수"] {
        let (event, user) = (EventID("concert-2025")!, UserID(name)!)
        let time: Int64 = 1_732_000_000_123_456
        texts[.waiting, default: []].append(
          signer.sign(
            WaitingToken(event: event, user: user, ticket: Ticket(microseconds: time))))
        texts[.grant, default: []].append(
          signer.sign(Grant(event: event, user: user, admittedAt: time, lifetimeSeconds: 30)))
        let session = SessionName(user: user, grantBegan: time)
        texts[.session, default: []].append(
          signer.sign(Session(event: event, name: session, endsAt: time / 1000 + 600_000)))
      }
    }
    self.kind = kind
    let six = texts.mapValues { $0.prefix(6) }
    genuine = Set(six.values.joined())
    // Those of the other shop are no models, but perhaps parts of theirs help.
    models = try (six[kind] ?? []).map { try #require(Base64URL.decode($0)) }
    others = try texts.values.joined().map { try #require(Base64URL.decode($0)) }
    random = SplitMix64(seed: seed)
  }

  /// Those of so many forgeries that deceive the signer.
  mutating func accepted(of count: Int) -> [String] {
    var accepted: [String] = []
    var made = 0
    while made < count {
      let text = text()
      if genuine.contains(text) { continue }
      made += 1
      if isAccepted(text) { accepted.append(text) }
    }
    return accepted
  }

  private func isAccepted(_ text: String) -> Bool {
    switch kind {
    case .waiting: signer.waitingToken(text) != nil
    case .grant: signer.grant(text) != nil
    default: signer.session(text) != nil
    }
  }

  /// A genuine token that was changed: what it says, how it is signed, or how it is written.
  private mutating func text() -> String {
    var bytes = models[below(models.count)]
    if below(3) > 0 {
      for _ in 0...below(3) { change(&bytes, to: UInt8(truncatingIfNeeded: random.next())) }
      return Base64URL.encode(bytes)
    }
    var text = Array(Base64URL.encode(bytes).utf8)
    for _ in 0...below(3) { change(&text, to: Self.characters[below(Self.characters.count)]) }
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func change(_ bytes: inout [UInt8], to byte: UInt8) {
    guard !bytes.isEmpty else { return bytes.append(byte) }
    let place = below(bytes.count)
    switch below(8) {
    case 0: bytes[place] = byte
    case 1: bytes.insert(byte, at: place)
    case 2: bytes.remove(at: place)
    case 3: bytes.swapAt(place, below(bytes.count))
    case 4: bytes.removeLast(below(bytes.count))
    case 5: bytes.replaceSubrange(place..., with: others[below(others.count)].suffix(16))
    case 6: bytes = others[below(others.count)].prefix(place) + bytes.suffix(bytes.count - place)
    default: bytes[place] ^= 1 << UInt8(below(8))
    }
  }

  private mutating func below(_ limit: Int) -> Int {
    Int(truncatingIfNeeded: random.next() >> 33) % limit
  }
}
