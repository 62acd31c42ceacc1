import Testing

@testable import API

@Suite("AdminAuthorization")
struct AdminAuthorizationTests {
  private let authorization = AdminAuthorization(token: Array("a token of 19 bytes".utf8))

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
    #expect((self.authorization.error(for: authorization) == nil) == isGood)
    if !isGood { #expect(self.authorization.error(for: authorization)?.status == 401) }
    #expect(AdminAuthorization(token: nil).error(for: authorization)?.code == "ADMIN_DISABLED")
  }

  @Test("a token that is renewed is the only one from then on")
  func renewed() {
    authorization.renew(token: Array("another of 19 bytes".utf8))
    #expect(authorization.error(for: "Bearer a token of 19 bytes")?.status == 401)
    #expect(authorization.error(for: "Bearer another of 19 bytes") == nil)
  }
}
