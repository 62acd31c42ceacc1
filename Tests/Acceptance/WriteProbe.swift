import Locking
import TestSupport
import Foundation

/// Looks from outside, all the time, which parts of a cluster accept writes.
final class WriteProbe: Sendable {
  /// Until the next look at the latest. Everything here is in seconds since the load began.
  private struct Change {
    let at: Double
    let accepts: Bool
  }

  private let cluster: RedisCluster
  private let load: ClientLoad
  /// One of each part.
  private let keys: [String]
  private let changes: Lock<[[Change]]>

  /// - Parameter keys: One key in each part.
  init(_ cluster: RedisCluster, _ load: ClientLoad, keys: [String]) {
    self.cluster = cluster
    self.load = load
    self.keys = keys
    changes = Lock(keys.map { _ in [Change(at: 0, accepts: true)] })
  }

  /// Since when a part can be written to without a pause, at a time; nil if it cannot.
  func acceptsSince(_ part: Int, at time: Double) -> Double? {
    let change = changes.withLock { $0[part].last { $0.at <= time } }
    return change.flatMap { $0.accepts ? $0.at : nil }
  }

  /// Whether every part can be written to now.
  var acceptsAll: Bool { changes.withLock { $0.allSatisfy { $0.last?.accepts == true } } }

  /// When what was looked at last began to accept, of all parts.
  var lastChange: Double { changes.withLock { $0.compactMap { $0.last?.at }.max() ?? 0 } }

  /// Looks until the load ends.
  func work() {
    var connections: [String: (pid: pid_t, connection: RedisConnection)] = [:]
    while !load.hasEnded {
      var accepting = keys.map { _ in false }
      for node in cluster.running {
        let pid = node.server.pid
        if connections[node.id]?.pid != pid {
          connections[node.id] =
            (try? node.server.connect(timeout: .milliseconds(200))).map { (pid, $0) }
        }
        let commands = keys.map { ["SET", $0, "1"] }
        guard let replies = try? connections[node.id]?.connection.send(pipeline: commands) else {
          connections[node.id] = nil
          continue
        }
        for (part, reply) in replies.enumerated() where reply == .status("OK") {
          accepting[part] = true
        }
      }
      note(accepting)
      usleep(25_000)
    }
  }

  private func note(_ accepting: [Bool]) {
    let now = load.now
    changes.withLock { changes in
      for (part, accepts) in accepting.enumerated() where changes[part].last?.accepts != accepts {
        changes[part].append(Change(at: now, accepts: accepts))
      }
    }
  }
}
