import HTTP
import Loop
import Testing

@testable import API

@Suite("AdminAuthorization")
struct AdminAuthorizationTests {
  private static let callers = [
    AdminAuthorization.Caller(
      name: "operator", role: .operator, token: Array("a token of 19 bytes".utf8)),
    AdminAuthorization.Caller(name: "vera", role: .viewer, token: Array("what vera shows!".utf8)),
    AdminAuthorization.Caller(name: "shop", role: .pace, token: Array("what the shop shows".utf8)),
  ]
  private let authorization = AdminAuthorization(Self.callers)

  private func error(
    _ authorization: String?, changes: Bool = true, by access: AdminAuthorization? = nil
  ) -> APIError? {
    let result = (access ?? self.authorization).caller(
      authorization, from: .unknown, changes: changes)
    if case .failure(let error) = result { return error }
    return nil
  }

  @Test(
    "the token must be shown, whole and alone",
    arguments: [
      ("Bearer a token of 19 bytes", true), ("bearer  a token of 19 bytes", true),
      (nil, false), ("", false), ("Bearer", false), ("Bearer ", false),
      ("Basic a token of 19 bytes", false), ("Bearer a token of 19 byte", false),
      ("Bearer a token of 19 bytesa", false), ("Bearer b token of 19 bytes", false),
      ("Bearer a token of 19 bytesa token of 19 bytes", false),
    ])
  func token(authorization: String?, isGood: Bool) {
    #expect((error(authorization) == nil) == isGood)
    if !isGood { #expect(error(authorization)?.status == 401) }
    #expect(error(authorization, by: AdminAuthorization([]))?.code == "ADMIN_DISABLED")
  }

  @Test("a viewer reads and changes nothing; the pace does neither; each is known by name")
  func roles() throws {
    #expect(error("Bearer what vera shows!", changes: false) == nil)
    let refusal = try #require(error("Bearer what vera shows!"))
    #expect(refusal.status == 403 && refusal.code == "FORBIDDEN")
    #expect(refusal.message.contains("vera") && refusal.message.contains("viewer"))
    for changes in [false, true] {
      #expect(error("Bearer what the shop shows", changes: changes)?.code == "FORBIDDEN")
      #expect(error("Bearer a token of 19 bytes", changes: changes) == nil)
    }
    let caller = authorization.caller(
      "Bearer what vera shows!", from: .unknown, changes: false)
    #expect(try caller.get().name == "vera")
  }

  @Test("tokens that are renewed are the only ones from then on")
  func renewed() {
    authorization.renew([
      .init(name: "operator", role: .operator, token: Array("another of 19 bytes".utf8))
    ])
    #expect(error("Bearer a token of 19 bytes")?.status == 401)
    #expect(error("Bearer what vera shows!")?.status == 401)
    #expect(error("Bearer another of 19 bytes") == nil)
  }
}

@Suite("WrongTokens")
struct WrongTokensTests {
  private let start = Instant(nanoseconds: 0)

  @Test("ten wrong tokens at once, then one a second, for each address")
  func limit() {
    var wrong = WrongTokens<String>()
    for number in 1...10 {
      #expect(wrong.wait(of: "a", at: start) == nil)
      let isTooMany = wrong.shown(by: "a", at: start)
      #expect(isTooMany == (number == 10))
    }
    #expect(wrong.wait(of: "a", at: start) == 1)
    #expect(wrong.wait(of: "b", at: start) == nil)
    let later = start + .milliseconds(1001)
    #expect(wrong.wait(of: "a", at: later) == nil)
    let isTooMany = wrong.shown(by: "a", at: later)
    #expect(isTooMany)
    #expect(wrong.wait(of: "a", at: later) == 1)
    #expect(wrong.wait(of: "a", at: start + .seconds(60)) == nil)
  }

  @Test("however many addresses there are, those that show most are remembered")
  func bounded() {
    var wrong = WrongTokens<String>()
    for _ in 0..<10 { _ = wrong.shown(by: "guesser", at: start) }
    for number in 0..<20_000 {
      let now = start + .microseconds(number)
      _ = wrong.shown(by: "\(number)", at: now)
    }
    #expect(wrong.wait(of: "guesser", at: start + .milliseconds(50)) == 1)
    #expect(Mirror(reflecting: wrong).children.count == 1)
  }
}
