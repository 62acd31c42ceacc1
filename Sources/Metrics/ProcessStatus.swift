import Glibc

/// What `/proc/self/stat` says about the process, in base units.
///
/// Source: proc(5), where the fields are numbered from 1.
struct ProcessStatus: Equatable {
  var cpuSeconds: Double
  var threads: Double
  var startSecondsAfterBoot: Double
  var virtualBytes: Double
  var residentBytes: Double

  /// This process, now; nil where there is no such file.
  static var current: ProcessStatus? {
    guard let text = ProcFile.read("/proc/self/stat") else { return nil }
    return ProcessStatus(
      text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)), pageSize: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Parses the file; nil if a field is missing or no number.
  init?(_ text: String, ticksPerSecond: Int, pageSize: Int) {
    // The second field is the program's name in parentheses, and may contain some itself.
    guard let nameEnd = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: nameEnd)...].split { $0 == " " || $0 == "\n" }
    func field(_ number: Int) -> Double? {
      let index = number - 3
      return fields.indices.contains(index) ? Double(fields[index]) : nil
    }
    guard let userTicks = field(14), let systemTicks = field(15), let threads = field(20),
      let startTicks = field(22), let virtualBytes = field(23), let residentPages = field(24)
    else { return nil }
    cpuSeconds = (userTicks + systemTicks) / Double(ticksPerSecond)
    self.threads = threads
    startSecondsAfterBoot = startTicks / Double(ticksPerSecond)
    self.virtualBytes = virtualBytes
    residentBytes = residentPages * Double(pageSize)
  }
}
