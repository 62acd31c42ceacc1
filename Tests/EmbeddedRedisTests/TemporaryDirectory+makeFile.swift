import Foundation
import TestSupport

extension TemporaryDirectory {
  /// Makes an empty file; its path.
  func makeFile(_ name: String) throws -> String {
    try Data().write(to: URL(filePath: path(of: name)))
    return path(of: name)
  }
}
