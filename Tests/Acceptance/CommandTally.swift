import Foundation
import Locking
import TestSupport

/// Counts what a cluster is asked, as its nodes count it, across their deaths.
final class CommandTally: Sendable {
  private struct State {
    var readings: [String: (pid: pid_t, counts: [String: Int])] = [:]
    var totals: [String: Int] = [:]
    /// What had been counted by when, of what people cause and of refreshes.
    var course: [(at: Double, asked: Int, refreshes: Int)] = []
  }

  /// What people cause. None of it is copied to replicas, where it would count twice.
  private static let asked = ["evalsha", "zscore", "zrank"]
  /// What usher asks and no test does.
  private static let refreshes = ["cluster|slots"]

  private let cluster: RedisCluster
  private let crowd: Crowd
  private let state = Lock(State())

  init(_ cluster: RedisCluster, _ crowd: Crowd) {
    self.cluster = cluster
    self.crowd = crowd
  }

  /// Reads every 200 ms until the crowd is dispersed.
  func work() {
    while !crowd.hasEnded {
      read()
      usleep(200_000)
    }
  }

  /// Reads what all running nodes have counted.
  func read() {
    let readings = cluster.running.compactMap { node -> (String, pid_t, [String: Int])? in
      let pid = node.server.pid
      return (try? node.server.commandCounts()).map { (node.id, pid, $0) }
    }
    state.withLock { state in
      for (id, pid, counts) in readings {
        let before = state.readings[id]
        for (name, count) in counts {
          // Another process counts from 0.
          let known = before?.pid == pid ? before?.counts[name] ?? 0 : before == nil ? count : 0
          state.totals[name, default: 0] += max(0, count - known)
        }
        state.readings[id] = (pid, counts)
      }
      func sum(_ names: [String]) -> Int { names.reduce(0) { $0 + (state.totals[$1] ?? 0) } }
      state.course.append((crowd.now, sum(Self.asked), sum(Self.refreshes)))
    }
  }

  /// Commands and refreshes between two times, as far as they were read.
  func counted(from: Double, to: Double) -> (asked: Int, refreshes: Int) {
    state.withLock { state in
      let first = state.course.last { $0.at <= from } ?? state.course.first
      let last = state.course.last { $0.at <= to }
      guard let first, let last else { return (0, 0) }
      return (last.asked - first.asked, last.refreshes - first.refreshes)
    }
  }
}
