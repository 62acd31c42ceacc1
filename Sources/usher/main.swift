import FoundationEssentials
import Glibc
import App

// Closures written in this file belong to the main actor and trap on any other thread, so there are
// none: what usher does is in App.

/// Says what is wrong, in one line, and ends.
func refuse(_ problem: String) -> Never {
  let line = "usher: \(problem)\n"
  _ = write(STDERR_FILENO, line, line.utf8.count)
  exit(2)
}

do {
  let invocation = try Invocation(
    arguments: Array(CommandLine.arguments.dropFirst()),
    environment: ProcessInfo.processInfo.environment)
  switch invocation {
  case .say(let text): print(text)
  case .serve(let parsed): exit(try serve(parsed))
  }
} catch {
  refuse("\(error)")
}
