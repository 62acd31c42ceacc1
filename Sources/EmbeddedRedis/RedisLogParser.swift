import Logging

/// What a `redis-server` says, and how much of it matters to us.
///
/// Redis marks its warnings with `#`, but also the usual words of every start and stop. So only
/// what is marked in between is a warning here; why a server died is in its last words.
struct RedisLogParser: Sendable {
  /// The last line that the server said, without what stands before the message.
  private(set) var lastWords = ""
  private var serves = false

  /// A new server is about to speak.
  mutating func startBegan() {
    self = RedisLogParser()
  }

  /// The server was told to end.
  mutating func stopBegan() {
    serves = false
  }

  /// Takes a line, such as `4711:M 21 Nov 2025 09:30:00.123 # message`, and says how to log it.
  mutating func heard(_ line: String) -> Log.Level {
    let words = line.split(separator: " ", maxSplits: 6)
    let isMarked = words.count == 7 && words[5] == "#"
    lastWords = words.count == 7 && words[5].count == 1 ? String(words[6]) : line
    if lastWords.hasPrefix("Ready to accept connections") { serves = true }
    return serves && isMarked ? .warn : .debug
  }
}
