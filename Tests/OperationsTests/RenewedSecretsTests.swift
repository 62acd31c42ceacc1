import Queue
import Testing

@testable import Operations

@Suite("token secrets that are read again")
struct RenewedSecretsTests {
  private static func secret(_ name: Character) throws -> TokenSecret {
    try TokenSecret(bytes: Array(String(repeating: name, count: 16).utf8))
  }

  @Test("what was signed with the secret that is replaced stays good")
  func keepsTheReplaced() throws {
    let (a, b, c) = (try Self.secret("a"), try Self.secret("b"), try Self.secret("c"))
    let first = TokenSecrets(current: a, previous: nil)
    #expect(first.renewed(current: a, previous: nil) == first)
    let second = first.renewed(current: b, previous: nil)
    #expect(second == TokenSecrets(current: b, previous: a))
    #expect(second.renewed(current: b, previous: nil) == second)
    #expect(
      second.renewed(current: c, previous: nil)
        == TokenSecrets(current: c, previous: b))
  }

  @Test("where a file says which secret was before, it is that one")
  func named() throws {
    let (a, b, c) = (try Self.secret("a"), try Self.secret("b"), try Self.secret("c"))
    let secrets = TokenSecrets(current: a, previous: b)
    #expect(
      secrets.renewed(current: c, previous: b)
        == TokenSecrets(current: c, previous: b))
  }

  @Test("fronts hear of none before the store is known, and then of those that were read last")
  func storeUnknown() throws {
    let (a, b, c) = (try Self.secret("a"), try Self.secret("b"), try Self.secret("c"))
    var secrets = ConfiguredSecrets(TokenSecrets(current: a))
    #expect(secrets.renewed(current: b, previous: nil) == nil)
    #expect(secrets.storeKnown() == TokenSecrets(current: b, previous: a))
    #expect(
      secrets.renewed(current: c, previous: nil) == TokenSecrets(current: c, previous: b))
  }
}
