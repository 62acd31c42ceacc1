/// Who somebody is to Redis.
public struct RedisLogin: Sendable {
  /// The ACL user; nil for the one that needs no name.
  public let user: String?
  /// The password.
  public let password: String

  /// A user by name, or the one that needs none.
  public init(user: String? = nil, password: String) {
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
