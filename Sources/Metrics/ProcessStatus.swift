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

/// Files that the kernel writes while they are read, and whose size is not known before.
enum ProcFile {
  /// The whole content; nil if it cannot be read. Bytes that are no UTF-8 are replaced.
  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return String(decoding: content, as: UTF8.self) }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      content += chunk[..<count]
    }
  }
}
