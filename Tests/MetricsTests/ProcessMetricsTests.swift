import Glibc
import Testing

@testable import Metrics

@Suite("ProcessMetrics")
struct ProcessMetricsTests {
  @Test("all metrics are there, with one value each that can be true")
  func values() {
    let registry = Registry()
    ProcessMetrics.register(in: registry)
    let lines = registry.text().split(separator: "\n")
    let samples = lines.filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    let values = Dictionary(uniqueKeysWithValues: samples.map { ($0[0], Double($0[1]) ?? .nan) })
    #expect(
      samples.map { String($0[0]) } == [
        "process_cpu_seconds_total", "process_resident_memory_bytes",
        "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
        "process_start_time_seconds", "process_threads",
      ])
    #expect(values["process_cpu_seconds_total"].map { $0 > 0 && $0 < 1e6 } == true)
    #expect(values["process_resident_memory_bytes"].map { $0 > 1e6 } == true)
    #expect(values["process_virtual_memory_bytes"].map { $0 > 1e6 } == true)
    #expect(values["process_open_fds"].map { $0 >= 3 } == true)
    #expect(values["process_max_fds"].map { $0 >= 3 } == true)
    let age = Double(time(nil)) - values["process_start_time_seconds", default: .nan]
    #expect(age >= -2 && age < 86_400)
    #expect(values["process_threads"].map { $0 >= 1 } == true)
  }

  @Test("the count of open descriptors is exact, without the one that counting needs")
  func openDescriptors() async {
    // In a process of its own: here others open and close theirs meanwhile.
    await #expect(processExitsWith: .success) {
      let registry = Registry()
      ProcessMetrics.register(in: registry)
      for _ in 0..<3 {
        // The runtime opens some of its own now and then: a count that changed meanwhile is none.
        var (before, after, text) = (0, -1, "")
        while before != after {
          before = (0..<Int32(4096)).count { fcntl($0, F_GETFD) != -1 }
          text = registry.text()
          after = (0..<Int32(4096)).count { fcntl($0, F_GETFD) != -1 }
        }
        #expect(text.contains("\nprocess_open_fds \(before)\n"))
        _ = dup(0)
      }
    }
  }

  @Test("the kernel's line is read by its fields, whatever the program is called")
  func status() {
    let line =
      "42 (a) b (c) S 1 42 42 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 9 0 12345 4096000 256 "
      + "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
    let status = ProcessStatus(line, ticksPerSecond: 100, pageSize: 4096)
    #expect(status?.cpuSeconds == 2)
    #expect(status?.threads == 9)
    #expect(status?.startSecondsAfterBoot == 123.45)
    #expect(status?.virtualBytes == 4_096_000)
    #expect(status?.residentBytes == 1_048_576)
  }

  @Test(
    "a line that is not the kernel's is none",
    arguments: [
      "", "42 (a", "42 (a) S 1 2 3", "42 (a) S 1 42 42 0 -1 4 1 2 3 4 x y 7 8 20 0 9 0 1 2 3",
    ])
  func malformed(line: String) {
    #expect(ProcessStatus(line, ticksPerSecond: 100, pageSize: 4096) == nil)
  }

  @Test("a file that is not there has no content")
  func noFile() {
    #expect(ProcFile.read("/proc/self/nothing") == nil)
  }
}
