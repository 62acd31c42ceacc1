import Configuration
import FoundationEssentials
import Glibc
import Relay

// Closures written in this file belong to the main actor and trap on any other thread, so there are
// none: what a relay does is in Relay.

/// Says what is wrong, in one line, and ends.
func refuse(_ problem: String) -> Never {
  let line = "usher-relay: \(problem)\n"
  _ = write(STDERR_FILENO, line, line.utf8.count)
  exit(2)
}

do {
  let invocation = try RelayInvocation(
    arguments: Array(CommandLine.arguments.dropFirst()),
    environment: ProcessInfo.processInfo.environment)
  switch invocation {
  case .say(let text): print(text)
  case .schema: print(PostgresSchema.ddl)
  case .serve(let settings): exit(try serveRelay(settings))
  case .listDeadLetters(let url): print(try DeadLetters(at: url.text).list())
  case .retryDeadLetters(let url):
    let (delivered, refused) = try DeadLetters(at: url.text).retry()
    print("delivered \(delivered), refused \(refused.count)")
    for line in refused { print(line) }
    exit(refused.isEmpty ? 0 : 1)
  }
} catch {
  refuse("\(error)")
}
