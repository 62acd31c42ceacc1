import FoundationEssentials
import Glibc
import Testing

/// A directory of one test's own, with a path short enough for a Unix socket; gone with this value.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/usher-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Makes an empty file; its path.
  func makeFile(_ name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data().write(to: URL(filePath: file))
    return file
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}
