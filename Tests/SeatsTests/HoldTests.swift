import Queue
import Testing

@testable import Seats

@Suite("A hold's text")
struct HoldTests {
  private let signer: TokenSigner
  /// Writes as version 0.1 does.
  private let former: TokenSigner
  private let hold = Hold(
    event: EventID("show")!, user: UserID("ann é")!, number: 1_800_000_000_000_001,
    endsAt: 1_800_000_060_000_001)

  init() throws {
    let secret = try TokenSecret(bytes: Array("a secret of the tests".utf8))
    signer = TokenSigner(current: secret)
    former = TokenSigner(current: secret, format: .version1)
  }

  @Test("says what the hold is, in the same bytes each time")
  func roundTrip() {
    let text = signer.sign(hold)
    #expect(signer.hold(text) == hold)
    #expect(signer.sign(hold) == text)
  }

  @Test("that version 0.1 gave out is good, and in its format is the same")
  func ofVersion01() {
    let text = "AWgABic-rMIiQAAGJz6wValAAWVhbmHbKaCx1UoLh6Gs4O2qOi6G"
    let hold = Hold(
      event: EventID("e")!, user: UserID("ana")!, number: 1_732_000_000_123_456,
      endsAt: 1_732_000_060_123_456)
    #expect(signer.hold(text) == hold)
    #expect(former.sign(hold) == text)
    #expect(former.hold(signer.sign(hold)) == hold)
  }

  @Test("cannot be made without the secret, nor changed")
  func forged() throws {
    let other = TokenSigner(current: try TokenSecret(bytes: Array("another secret here".utf8)))
    #expect(signer.hold(other.sign(hold)) == nil)
    let text = Array(signer.sign(hold))
    for index in text.indices {
      var changed = text
      changed[index] = text[index] == "A" ? "B" : "A"
      #expect(signer.hold(String(changed)) == nil)
    }
  }

  @Test("is no waiting token and no grant, and they are no holds")
  func kinds() {
    let text = signer.sign(hold)
    #expect(signer.grant(text) == nil)
    #expect(signer.waitingToken(text) == nil)
    let grant = Grant(
      event: hold.event, user: hold.user, admittedAt: hold.number, lifetimeSeconds: 30)
    let token = WaitingToken(
      event: hold.event, user: hold.user, ticket: Ticket(microseconds: hold.number))
    #expect(signer.hold(signer.sign(grant)) == nil)
    #expect(signer.hold(signer.sign(token)) == nil)
  }

  @Test(
    "names of seats and items are plain",
    arguments: [
      ("A-12", true), ("1:B.7_x", true), (String(repeating: "x", count: 64), true), ("", false),
      (String(repeating: "x", count: 65), false), ("A 1", false), ("A\n1", false), ("é", false),
      ("{A}", false),
    ])
  func names(text: String, isName: Bool) {
    #expect((SeatID(text) != nil) == isName)
    #expect((ItemID(text) != nil) == isName)
  }
}
