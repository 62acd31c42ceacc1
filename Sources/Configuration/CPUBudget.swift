import CLinux
import Loop

/// How many CPUs this process may use.
///
/// A container sees all CPUs of its machine, but a quota stops all of its threads together once
/// they have used their share. One thread more than the quota pays for means that all of them stand
/// still part of the time, so a share of a CPU is rounded down.
package enum CPUBudget {
  /// The smaller of the CPUs that the scheduler lets this process run on and of the quotas of its
  /// control groups; at least 1.
  ///
  /// Source: `sched_getaffinity(2)`; the kernel's cgroup-v2 (`cpu.max`) and CFS bandwidth control
  /// (`cpu.cfs_quota_us`) documents.
  package static func current() -> Int {
    count(affinity: affinity(), read: SmallFile.text)
  }

  /// The same for a machine on which `read` reads files; nil means that there is no such file.
  static func count(affinity: Int, read: (String) -> String?) -> Int {
    let groups = ControlGroup.all(in: read("/proc/self/cgroup") ?? "")
    let quotas = groups.flatMap(\.directories).compactMap { directory in
      quota(cpuMax: read("\(directory)/cpu.max"))
        ?? quota(
          microseconds: read("\(directory)/cpu.cfs_quota_us"),
          period: read("\(directory)/cpu.cfs_period_us"))
    }
    return max(1, ([Double(affinity)] + quotas).map { Int($0) }.min() ?? 1)
  }

  /// `max 100000` (no quota) or `150000 100000` (one and a half CPUs).
  static func quota(cpuMax text: String?) -> Double? {
    let words = text?.split(whereSeparator: \.isWhitespace) ?? []
    guard words.count == 2 else { return nil }
    return quota(microseconds: String(words[0]), period: String(words[1]))
  }

  /// Microseconds of CPU in each period of so many microseconds; -1 or `max` is no quota.
  static func quota(microseconds: String?, period: String?) -> Double? {
    guard let microseconds = number(microseconds), let period = number(period) else { return nil }
    return Double(microseconds) / Double(period)
  }

  private static func number(_ text: String?) -> Int64? {
    guard let word = text?.split(whereSeparator: \.isWhitespace).first, let number = Int64(word),
      number > 0
    else { return nil }
    return number
  }

  private static func affinity() -> Int {
    var words = 16
    // The kernel refuses a set that is too small for its machine; the largest has 8192 CPUs.
    while words <= 8192 / UInt.bitWidth {
      var set = [UInt](repeating: 0, count: words)
      let size = clinux_sched_getaffinity(words * MemoryLayout<UInt>.size, &set)
      if size > 0 { return set.reduce(0) { $0 + $1.nonzeroBitCount } }
      words *= 2
    }
    return 1
  }
}

/// A control group that this process is in.
struct ControlGroup: Equatable {
  /// Where its files are mounted.
  let mount: String
  /// Its name in the hierarchy, `/a/b`.
  let path: String

  /// Its directory and those of its ancestors, whose quotas bind it too.
  ///
  /// A container may see the machine's name of its group, which does not exist inside it; its own
  /// files are then those at the mount.
  var directories: [String] {
    var components = path.split(separator: "/")
    var directories: [String] = []
    while true {
      directories.append(([mount[...]] + components).joined(separator: "/"))
      if components.popLast() == nil { return directories }
    }
  }

  /// The groups that can limit CPU time, from the text of `/proc/self/cgroup`: lines of
  /// `number:controllers:path`, of which version 2's has no controllers.
  ///
  /// Source: `cgroups(7)`.
  static func all(in text: String) -> [ControlGroup] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      if parts[1].isEmpty { return ControlGroup(mount: "/sys/fs/cgroup", path: String(parts[2])) }
      guard parts[1].split(separator: ",").contains("cpu") else { return nil }
      return ControlGroup(mount: "/sys/fs/cgroup/\(parts[1])", path: String(parts[2]))
    }
  }
}
