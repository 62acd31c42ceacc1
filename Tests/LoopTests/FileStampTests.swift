import Foundation
import Testing

@testable import Loop

@Suite("FileStamp")
struct FileStampTests {
  private let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.path + "/usher-stamp-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: path(name), atomically: false, encoding: .utf8)
  }

  @Test("another content, another file in the place, or none: another stamp")
  func changes() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try write("one", to: "file")
    let first = try #require(FileStamp(path("file")))
    #expect(first == FileStamp(path("file")) && first.isRegular)
    try write("three", to: "file")
    let second = try #require(FileStamp(path("file")))
    #expect(second != first)
    try write("three", to: "new")
    #expect(rename(path("new"), path("file")) == 0)
    #expect(FileStamp(path("file")) != second)
    #expect(FileStamp(path("gone")) == nil)
    for (mode, isOpen) in [(0o600, false), (0o640, false), (0o604, true)] as [(mode_t, Bool)] {
      #expect(chmod(path("file"), mode) == 0)
      #expect(FileStamp(path("file"))?.isReadableByAll == isOpen)
    }
    #expect(FileStamp(directory)?.isRegular == false)
  }

  @Test("a file is read whole or not at all")
  func smallFile() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let longest = String(repeating: "a", count: SmallFile.limit)
    try write(longest, to: "file")
    #expect(try SmallFile.read(path("file")) == Array(longest.utf8))
    try write(longest + "a", to: "file")
    #expect(throws: SystemError(call: "read", code: EFBIG)) { try SmallFile.read(path("file")) }
    #expect(SmallFile.text(path("file")) == nil)
  }

  @Test("a link that leads elsewhere is another file, as Kubernetes changes a mounted secret")
  func links() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let manager = FileManager.default
    for version in ["..1", "..2"] {
      try manager.createDirectory(atPath: path(version), withIntermediateDirectories: true)
      try write("same size", to: "\(version)/password")
    }
    try manager.createSymbolicLink(atPath: path("..data"), withDestinationPath: "..1")
    try manager.createSymbolicLink(
      atPath: path("password"), withDestinationPath: "..data/password")
    let first = FileStamp(path("password"))
    try manager.createSymbolicLink(atPath: path("..new"), withDestinationPath: "..2")
    #expect(rename(path("..new"), path("..data")) == 0)
    #expect(first != nil && FileStamp(path("password")) != first)
  }
}
