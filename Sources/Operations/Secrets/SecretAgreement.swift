import Queue
import Redis

/// How sidecars without a configured secret come to share one: through a key in Redis.
///
/// A sidecar that finds no key sets its own with `SET NX` and reads what stands there then. One
/// that finds the key gone (a FLUSHALL, a failover that lost it) publishes the known secret again,
/// so that tokens that people hold stay good.
package struct SecretAgreement {
  /// What the process signs with, and what else it accepts.
  package struct Secrets: Equatable {
    /// Signs new tokens.
    package var current: TokenSecret
    /// Signed tokens that are still accepted; nil if there is none.
    package var previous: TokenSecret?

    /// Signs with `current`, and accepts what was signed with `previous` as well.
    package init(current: TokenSecret, previous: TokenSecret?) {
      self.current = current
      self.previous = previous
    }
  }

  /// What to do next.
  enum Action: Equatable {
    case nothing
    /// `SET NX` this, then read again.
    case publish(TokenSecret)
    /// Sign with these from now on.
    case adopt(Secrets)
  }

  /// The secrets in force; nil until they are known.
  private(set) var secrets: Secrets?
  private var proposal: TokenSecret?

  /// The key was read: `stored` is what it holds, nil if it is not there. `propose` makes a secret.
  mutating func read(
    _ stored: [UInt8]?, propose: () throws(TokenSecretError) -> TokenSecret
  ) throws(TokenSecretError) -> Action {
    guard let stored else {
      let own: TokenSecret
      if let known = secrets?.current ?? proposal { own = known } else { own = try propose() }
      proposal = own
      return .publish(own)
    }
    let shared = try TokenSecret(bytes: stored)
    guard shared != secrets?.current else { return .nothing }
    // Another secret than ours: a sidecar started in the moment when the key was gone. Tokens that
    // we signed stay good here.
    let agreed = Secrets(current: shared, previous: secrets?.current)
    secrets = agreed
    return .adopt(agreed)
  }
}
