import Glibc

/// The `process_*` metrics that Prometheus' client libraries agree on, read from `/proc/self` at
/// each scrape.
///
/// What cannot be read has no sample. Reading all takes the scraping thread about 0.2 ms.
///
/// Source: proc(5).
package enum ProcessMetrics {
  /// Registers all of them. To be called once a registry.
  package static func register(in registry: Registry) {
    registry.collect(
      "process_cpu_seconds_total", kind: .counter,
      help: "User and system CPU time that the process has spent, in seconds."
    ) { sample(ProcessStatus.current?.cpuSeconds) }

    registry.collect(
      "process_resident_memory_bytes", kind: .gauge,
      help: "Memory of the process that is in RAM, in bytes."
    ) { sample(ProcessStatus.current?.residentBytes) }

    registry.collect(
      "process_virtual_memory_bytes", kind: .gauge,
      help: "Address space of the process, in bytes."
    ) { sample(ProcessStatus.current?.virtualBytes) }

    registry.collect(
      "process_open_fds", kind: .gauge, help: "File descriptors that the process has open."
    ) { sample(openDescriptors()) }

    registry.collect(
      "process_max_fds", kind: .gauge,
      help: "File descriptors that the process may have open (the soft limit)."
    ) { sample(descriptorLimit()) }

    // It does not change, and the file that tells when the machine started is a long one.
    let startTime = startTime()
    registry.collect(
      "process_start_time_seconds", kind: .gauge,
      help: "When the process started, in seconds since 1970."
    ) { sample(startTime) }

    registry.collect(
      "process_threads", kind: .gauge, help: "Threads of the process."
    ) { sample(ProcessStatus.current?.threads) }
  }

  private static func sample(_ value: Double?) -> [(labelValues: [String], value: Double)] {
    value.map { [([], $0)] } ?? []
  }

  /// Entries of `/proc/self/fd`, without the one that counting needs.
  private static func openDescriptors() -> Double? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    let unrelated = [".", "..", "the directory's own"].count
    return Double(entries - unrelated)
  }

  /// `getrlimit(2)`. Linux knows no unlimited number of descriptors.
  private static func descriptorLimit() -> Double? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return Double(limit.rlim_cur)
  }

  /// The machine's start plus the process's start after it.
  private static func startTime() -> Double? {
    guard let process = ProcessStatus.current?.startSecondsAfterBoot,
      let statistics = ProcFile.read("/proc/stat"),
      let boot = statistics.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let seconds = Double(boot.dropFirst("btime ".count))
    else { return nil }
    return seconds + process
  }
}
