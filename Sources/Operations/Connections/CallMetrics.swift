import Loop
import Metrics
import Redis

/// Commands and calls of scripts of one client, whichever of its nodes they go to. Confined to the
/// client's thread.
final class CallMetrics {
  /// Duration and errors of one command, or of one script.
  private struct Call {
    let duration: Histogram
    let errors: [RedisError.Kind: Counter]

    init(_ name: String, _ durations: HistogramFamily, _ errors: CounterFamily) {
      duration = durations.cell(name)
      // What an open breaker refuses never reaches a pool.
      let kinds = RedisError.Kind.allCases.filter { $0 != .circuitOpen }
      self.errors = Dictionary(
        uniqueKeysWithValues: kinds.map { ($0, errors.cell(name, $0.rawValue)) })
    }
  }

  private let commands: [Call?]
  private let scripts: [ObjectIdentifier: (call: Call, reloads: Counter)]

  /// Cells of a client that calls `scripts`.
  init(_ family: RedisMetrics, scripts: [Script]) {
    // What asks for the topology goes through no pool.
    commands = Command.Kind.allCases.map { kind in
      [.cluster, .role, .sentinel].contains(kind)
        ? nil : Call(kind.name, family.commands, family.commandErrors)
    }
    self.scripts = Dictionary(
      uniqueKeysWithValues: scripts.map { script in
        let call = Call(script.name, family.scripts, family.scriptErrors)
        return (ObjectIdentifier(script), (call, family.scriptReloads.cell(script.name)))
      })
  }

  /// Notes one event of any of the client's pools.
  func observe(_ event: PoolEvent) {
    switch event {
    case .answered(let command, let script, let duration):
      calls(command, script) { $0.duration.observe(duration.seconds) }
    case .failed(let command, let script, let error, _):
      calls(command, script) { $0.errors[error.kind]?.increment() }
    case .reloaded(let script): scripts[ObjectIdentifier(script)]?.reloads.increment()
    case .opened, .closed, .openingFailed, .occupancy, .waited, .waitTimedOut: break
    }
  }

  private func calls(_ command: Command.Kind, _ script: Script?, _ note: (Call) -> Void) {
    if let call = commands[command.rawValue] { note(call) }
    if let script, let call = scripts[ObjectIdentifier(script)]?.call { note(call) }
  }
}
