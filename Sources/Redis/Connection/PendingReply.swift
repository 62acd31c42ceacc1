import Loop

/// What one of the next replies of a connection is for.
enum PendingReply<Completion> {
  case command(Command.Kind, Completion)
  /// The first of two replies that make one.
  case firstOfTwo
  case secondOfTwo(Command.Kind, Completion)
  case script(ScriptCall, Completion)
  /// `SCRIPT LOAD`, which only the connection itself waits for.
  case load(Script)
  /// `ASKING`; if Redis refuses it, it says so of the command that follows, too.
  case asking
}

/// A call of a script, kept whole in case it has to be sent a second time.
struct ScriptCall {
  let script: Script
  let keys: [Key]
  let arguments: [Argument]
  /// Whether `ASKING` goes before it.
  var asking = false
  /// When it was sent before, if this is the second time.
  var firstSentAt: Instant?

  var command: Command { .evalsha(script, keys: keys, arguments: arguments) }
}

/// A command that is over: what its caller is told, and what is counted.
struct Finished<Completion> {
  let kind: Command.Kind
  let script: Script?
  let completion: Completion
  let result: Result<Reply, RedisError>
  /// From the write to now; nil if it was never written.
  let elapsed: Duration?
}

extension Reply {
  /// The reply as its caller gets it: an error is no reply.
  var result: Result<Reply, RedisError> { error.map { .failure($0) } ?? .success(self) }
}
