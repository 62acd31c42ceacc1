import Glibc

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
