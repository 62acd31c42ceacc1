import Logging
import Loop

/// Why there is no Redis of our own.
package enum EmbeddedRedisError: Error, Equatable, CustomStringConvertible {
  /// There is no `redis-server` to start.
  case noServer
  /// The data directory cannot be made or used.
  case directory(String, SystemError)
  /// Another usher or its server uses the data directory; `by` is the usher that locked it last, if
  /// known.
  case directoryInUse(String, by: Int32?)
  /// The path of its socket would be longer than a socket's may be.
  case pathTooLong(String)

  /// One line that names the setting and what to do.
  package var description: String {
    switch self {
    case .noServer:
      "--redis-url: none is given and there is no redis-server on the PATH; install it "
        + "(apt install redis-server) or name a Redis"
    case .directory(let path, let error):
      "--data-dir: \(quoted(path)) cannot be used (\(error)); it takes a directory "
        + "that may be written to"
    case .directoryInUse(let path, let pid):
      "--data-dir: \(quoted(path)) is in use by another usher, or by a redis-server "
        + "that it left behind\(pid.map { " (pid \($0))" } ?? ""); it takes a directory of its own"
    case .pathTooLong(let path):
      "--data-dir: \(quoted(path)) is too long; it takes a path of at most 96 bytes"
    }
  }
}
