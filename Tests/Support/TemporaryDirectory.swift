import Foundation

/// A fresh directory that goes away, with everything in it, with this object.
package final class TemporaryDirectory: Sendable {
  /// Its path; short, because the path of a Unix socket may not exceed 107 bytes.
  package let path: String

  /// Makes the directory, readable for this user alone.
  package init() throws {
    let template = FileManager.default.temporaryDirectory.path + "/usher-test-XXXXXX"
    var name = Array(template.utf8CString)
    guard mkdtemp(&name) != nil else {
      throw TestFailure("mkdtemp \(template): \(String(cString: strerror(errno)))")
    }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of something in the directory.
  package func path(of name: String) -> String { "\(path)/\(name)" }

  /// The content of a file in the directory; nil if there is none.
  package func text(of name: String) -> String? {
    try? String(contentsOfFile: path(of: name), encoding: .utf8)
  }
}
