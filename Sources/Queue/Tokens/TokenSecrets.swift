/// The secrets that a process knows: one signs, all verify.
package struct TokenSecrets: Equatable, Sendable {
  /// Signs new tokens.
  package let current: TokenSecret
  /// What tokens may have been signed with, ``current`` among them, the oldest first.
  package let all: [TokenSecret]

  /// Signs with `current`, and accepts `all`, the oldest first.
  package init(current: TokenSecret, all: [TokenSecret]) {
    self.current = current
    self.all = all.contains(current) ? all : all + [current]
  }

  /// Signs with `current`, and accepts `previous` as well, if there is one.
  package init(current: TokenSecret, previous: TokenSecret? = nil) {
    self.init(current: current, all: previous.map { [$0] } ?? [])
  }
}
