import Queue
import Testing

@testable import Operations

@Suite("SecretAgreement")
struct SecretAgreementTests {
  private func secret(_ byte: UInt8) throws -> TokenSecret {
    try TokenSecret(bytes: Array(repeating: byte, count: 32))
  }

  @Test("the first sidecar publishes a secret and adopts what it then reads")
  func first() throws {
    var agreement = SecretAgreement()
    let own = try secret(1)
    #expect(try agreement.read(nil) { own } == .publish(own))
    #expect(agreement.secrets == nil)
    #expect(try agreement.read(own.bytes) { own } == .adopt(.init(current: own, previous: nil)))
    #expect(try agreement.read(own.bytes) { own } == .nothing)
  }

  @Test("a sidecar that loses the race adopts the winner's secret")
  func race() throws {
    var agreement = SecretAgreement()
    let own = try secret(1)
    let winner = try secret(2)
    _ = try agreement.read(nil) { own }
    #expect(
      try agreement.read(winner.bytes) { own } == .adopt(.init(current: winner, previous: nil)))
  }

  @Test("a secret that was lost is published again, not replaced")
  func republish() throws {
    var agreement = SecretAgreement()
    let own = try secret(1)
    _ = try agreement.read(own.bytes) { own }
    let other = try secret(9)
    #expect(try agreement.read(nil) { other } == .publish(own))
  }

  @Test("a foreign secret is adopted, and what was signed before stays good")
  func foreign() throws {
    var agreement = SecretAgreement()
    let own = try secret(1)
    let foreign = try secret(2)
    _ = try agreement.read(own.bytes) { own }
    #expect(
      try agreement.read(foreign.bytes) { own } == .adopt(.init(current: foreign, previous: own)))
  }

  @Test("a key that holds too little is an error, not a secret")
  func short() throws {
    var agreement = SecretAgreement()
    let own = try secret(1)
    #expect(throws: TokenSecretError.self) { try agreement.read([1, 2, 3]) { own } }
  }
}
