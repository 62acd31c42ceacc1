import Foundation
import Locking
import TestSupport

/// Counts what a cluster is asked, as its nodes count it, across their deaths.
final class CommandTally: Sendable {
  private struct State {
    var readings: [String: (pid: pid_t, counts: [String: Int])] = [:]
    var totals: [String: Int] = [:]
    /// What had been counted when the counting began, of what people cause and of refreshes.
    var course: [(at: Double, asked: Int, refreshes: Int)] = []
  }

  /// What people cause. None of it is copied to replicas, where it would count twice.
  private static let asked = ["evalsha", "zscore", "zrank"]
  /// What usher asks and no test does.
  private static let refreshes = ["cluster|slots"]

  private let cluster: RedisCluster
  private let load: ClientLoad
  private let state = Lock(State())

  init(_ cluster: RedisCluster, _ load: ClientLoad) {
    self.cluster = cluster
    self.load = load
  }

  /// Reads every 200 ms until the load ends.
  func work() {
    while !load.hasEnded {
      read()
      usleep(200_000)
    }
  }

  /// Reads what all running nodes have counted. One thread at a time: a count that is older than the last
  /// one would be added again.
  func read() {
    state.withLock { state in
      let began = load.now
      for node in cluster.running {
        let pid = node.server.pid
        guard let counts = try? node.server.commandCounts() else { continue }
        let before = state.readings[node.id]
        for (name, count) in counts {
          // Another process counts from 0.
          let known = before?.pid == pid ? before?.counts[name] ?? 0 : before == nil ? count : 0
          state.totals[name, default: 0] += max(0, count - known)
        }
        state.readings[node.id] = (pid, counts)
      }
      func sum(_ names: [String]) -> Int { names.reduce(0) { $0 + (state.totals[$1] ?? 0) } }
      state.course.append((began, sum(Self.asked), sum(Self.refreshes)))
    }
  }

  /// Commands and refreshes between two times, as far as they were read, and between which they were.
  func counted(
    from: Double, to: Double
  ) -> (asked: Int, refreshes: Int, from: Double, to: Double) {
    state.withLock { state in
      let first = state.course.last { $0.at <= from } ?? state.course.first
      let last = state.course.last { $0.at <= to }
      guard let first, let last else { return (0, 0, from, to) }
      return (last.asked - first.asked, last.refreshes - first.refreshes, first.at, last.at)
    }
  }
}
