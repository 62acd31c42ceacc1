/// What a client shows to Redis to be let in.
package struct RedisLogin: Sendable {
  /// The ACL user; nil for the one that needs no name.
  package let user: String?
  /// The password.
  package let password: String

  /// A user by name, or the one that needs none.
  package init(user: String? = nil, password: String) {
    self.user = user
    self.password = password
  }

  /// What follows `AUTH`.
  var words: [String] { [user, password].compactMap { $0 } }

  /// What redis-cli wants.
  var cliArguments: [String] {
    (user.map { ["--user", $0] } ?? []) + ["--pass", password, "--no-auth-warning"]
  }
}
