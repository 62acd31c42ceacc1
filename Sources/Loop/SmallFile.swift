import Glibc

/// Files that are read whole and at once: secrets, and what Linux says about itself.
package enum SmallFile {
  /// The longest file that is read, in bytes.
  package static let limit = 64 * 1024

  /// A file's bytes; `EFBIG` if there are more than ``limit``.
  ///
  /// Source: `open(2)`, `read(2)`.
  package static func read(_ path: String) throws(SystemError) -> [UInt8] {
    let raw = open(path, O_RDONLY | O_CLOEXEC)
    guard raw != -1 else { throw SystemError(call: "open", code: errno) }
    let file = Descriptor(owning: raw)
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var length = 0
    while length < bytes.count {
      let count = bytes[length...].withUnsafeMutableBytes {
        Glibc.read(file.raw, $0.baseAddress, $0.count)
      }
      if count > 0 { length += count }
      if count == 0 { break }
      if count == -1, errno != EINTR { throw SystemError(call: "read", code: errno) }
    }
    guard length <= limit else { throw SystemError(call: "read", code: EFBIG) }
    return Array(bytes[..<length])
  }

  /// A file's text; nil if it cannot be read.
  package static func text(_ path: String) -> String? {
    (try? read(path)).map { String(decoding: $0, as: UTF8.self) }
  }
}
