import Glibc
import Loop

/// The end of an append-only file that a power cut left behind: perhaps one torn command, and then
/// zeros up to where the file system had made room. ext4 and XFS do that.
///
/// Redis cuts a torn command by itself (`aof-load-truncated`), but takes zeros for a foreign format and
/// does not start. What else may stand in a file that Redis refuses is for a person to judge: it could
/// be sales.
///
/// Source: `redis-check-aof.c` of Redis 7.0, which tells up to where a file is good.
struct DamagedTail: Equatable {
  /// More than any command that usher sends, whole.
  static let longestTornCommand = 64 * 1024

  /// How many bytes of the file are whole commands.
  let goodBytes: Int64
  /// The bytes after them.
  let bytes: [UInt8]

  /// The end of the file at `path`, whose first `goodBytes` are whole commands; nil if it is none that a
  /// power cut leaves behind.
  ///
  /// Source: `pread(2)`.
  init?(of path: String, after goodBytes: Int64) throws(SystemError) {
    let file = try Self.open(path, O_RDONLY)
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { throw SystemError(call: "fstat", code: errno) }
    let length = status.st_size - Int(goodBytes)
    guard goodBytes >= 0, length > 0, length <= Self.longestTail else { return nil }
    var bytes = [UInt8](repeating: 0, count: length)
    guard pread(file.raw, &bytes, length, off_t(goodBytes)) == length else {
      throw SystemError(call: "pread", code: errno)
    }
    self.init(bytes, after: goodBytes)
  }

  /// The same for bytes that were read; nil if they do not end in zeros, or if more than one torn
  /// command stands before those.
  init?(_ bytes: [UInt8], after goodBytes: Int64) {
    guard bytes.last == 0 else { return nil }
    let torn = (bytes.lastIndex { $0 != 0 } ?? -1) + 1
    guard torn <= Self.longestTornCommand else { return nil }
    self.goodBytes = goodBytes
    self.bytes = bytes
  }

  /// Takes the tail off the file at `path`, after it was written to a file of its own beside that: both
  /// together are the file as it was. Returns the path of the copy.
  ///
  /// Source: `write(2)`, `fsync(2)`, `ftruncate(2)`.
  func cut(from path: String) throws(SystemError) -> String {
    let copyPath = "\(path).cut-at-\(goodBytes)"
    let copy = try Self.open(copyPath, O_WRONLY | O_CREAT | O_TRUNC)
    guard write(copy.raw, bytes, bytes.count) == bytes.count, fsync(copy.raw) == 0 else {
      throw SystemError(call: "write", code: errno)
    }
    let file = try Self.open(path, O_WRONLY)
    guard ftruncate(file.raw, off_t(goodBytes)) == 0, fsync(file.raw) == 0 else {
      throw SystemError(call: "ftruncate", code: errno)
    }
    return copyPath
  }

  /// File systems make room for a file in steps of up to 64 MiB.
  private static let longestTail = 64 * 1024 * 1024

  private static func open(_ path: String, _ flags: Int32) throws(SystemError) -> Descriptor {
    let raw = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard raw != -1 else { throw SystemError(call: "open \(path)", code: errno) }
    return Descriptor(owning: raw)
  }
}
