import Foundation

/// The users of `deploy/redis`, with passwords of a test's own.
///
/// The password files go with this object.
package final class RedisUsers: Sendable {
  /// What `--aclfile` takes.
  package let file: String
  private let directory: TemporaryDirectory

  private static let names = ["usher", "monitor", "replica", "admin"]

  /// Has `deploy/redis/acl` write the file, as an operator would.
  package init() throws {
    directory = try TemporaryDirectory()
    file = directory.path(of: "users.acl")
    var arguments: [String] = []
    for name in Self.names {
      try Self.password(of: name)
        .write(toFile: directory.path(of: name), atomically: true, encoding: .utf8)
      arguments.append("\(name)=\(directory.path(of: name))")
    }
    let acl = try Command.run(Repository.path(of: "deploy/redis/acl"), arguments)
    guard acl.status == 0 else { throw TestFailure("deploy/redis/acl: \(acl.errors)") }
    try acl.output.write(toFile: file, atomically: true, encoding: .utf8)
  }

  /// How one of the users comes in.
  package func login(_ name: String) -> RedisLogin {
    RedisLogin(user: name, password: Self.password(of: name))
  }

  /// The file that holds the password of one of the users.
  package func passwordFile(of name: String) -> String { directory.path(of: name) }

  /// For a server that has them, and whose replicas come as `replica`.
  var serverArguments: [String] {
    let replica = login("replica")
    return [
      "--aclfile", file, "--masteruser", "replica", "--masterauth", replica.password,
    ]
  }

  /// For an usher that comes as `usher`.
  var usherFlags: [String] {
    ["--redis-username", "usher", "--redis-password-file", passwordFile(of: "usher")]
  }

  private static func password(of name: String) -> String { "the-word-of-\(name)" }
}
