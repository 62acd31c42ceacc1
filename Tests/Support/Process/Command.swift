import Foundation

/// What a program said and how it ended, for those that end by themselves.
package struct Command: Sendable {
  /// Its exit code, or 128 + the signal that killed it.
  package let status: Int32
  /// What it wrote to standard output.
  package let output: String
  /// What it wrote to standard error.
  package let errors: String

  /// Runs `executable`, which is looked for along `PATH`, to its end.
  ///
  /// - Parameter input: What it can read from standard input.
  package static func run(
    _ executable: String, _ arguments: [String] = [], input: [UInt8] = [],
    environment: [String: String] = ProcessInfo.processInfo.environment,
    within limit: Duration = .seconds(30)
  ) throws -> Command {
    let directory = try TemporaryDirectory()
    let inputPath = directory.path(of: "input")
    try Data(input).write(to: URL(fileURLWithPath: inputPath))
    let child = try ChildProcess(
      executable, arguments, environment: environment, input: inputPath)
    let status = try child.wait(within: limit)
    return Command(status: status, output: child.outputText, errors: child.errorText)
  }
}
