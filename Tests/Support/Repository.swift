import Foundation

/// Where things are that belong to the repository and are not built.
package enum Repository {
  /// The Python that `deploy/setup --tests` makes.
  package static let python = path(of: ".build/venv/bin/python3")

  /// The absolute path of something in the repository.
  package static func path(of name: String) -> String {
    // Tests/Support/Repository.swift
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return root.appendingPathComponent(name).path
  }

  /// The text of a file in the repository.
  package static func text(of name: String) throws -> String {
    try String(contentsOfFile: path(of: name), encoding: .utf8)
  }
}
