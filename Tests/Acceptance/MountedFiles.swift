import Foundation
import TestSupport

/// Files as Kubernetes mounts a secret: links that lead through `..data`, and one swap of that link
/// changes them all.
final class MountedFiles: Sendable {
  private let directory: TemporaryDirectory

  /// No files yet.
  init() throws {
    directory = try TemporaryDirectory()
  }

  /// Where a file is, whatever it contains at the moment.
  func path(of name: String) -> String { directory.path(of: name) }

  /// Makes these the files, by name.
  func mount(_ contents: [String: String]) throws {
    let manager = FileManager.default
    let version = "..\(UUID().uuidString)"
    try manager.createDirectory(
      atPath: directory.path(of: version), withIntermediateDirectories: false)
    for (name, text) in contents {
      try text.write(
        toFile: directory.path(of: "\(version)/\(name)"), atomically: false, encoding: .utf8)
      if (try? manager.destinationOfSymbolicLink(atPath: path(of: name))) == nil {
        try manager.createSymbolicLink(
          atPath: path(of: name), withDestinationPath: "..data/\(name)")
      }
    }
    try manager.createSymbolicLink(
      atPath: directory.path(of: "..new"), withDestinationPath: version)
    guard rename(directory.path(of: "..new"), directory.path(of: "..data")) == 0 else {
      throw TestFailure("rename: \(errno)")
    }
  }
}

extension Certificates.Files {
  /// The text of the certificate.
  var certificateText: String {
    get throws { try String(contentsOfFile: certificate, encoding: .utf8) }
  }

  /// The text of the key.
  var keyText: String {
    get throws { try String(contentsOfFile: key, encoding: .utf8) }
  }
}
