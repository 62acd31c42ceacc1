import EmbeddedRedis
import Logging
import Loop

/// A process that does nothing but keep a `redis-server` of its own in the directory that it is given,
/// for tests that kill it.
@main
enum EmbeddedRedisHost {
  static func main() throws {
    let loop = try Loop()
    let redis = try EmbeddedRedis(
      directory: CommandLine.arguments[1], loop: loop, log: Log(level: .warn, format: .text))
    redis.start()
    try loop.run()
  }
}
