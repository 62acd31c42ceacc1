import Foundation

/// Where things are that belong to the tests and are not built.
enum Repository {
  /// The Python that `deploy/setup --tests` makes.
  static let python = path(of: ".build/venv/bin/python3")

  /// The absolute path of something in the repository.
  static func path(of name: String) -> String {
    // Tests/Acceptance/Repository.swift
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return root.appendingPathComponent(name).path
  }
}
