import Foundation
import Testing

@Suite("What fuzzing has tried and found")
struct ReplayTests {
  @Test("is as it must be", arguments: FuzzTarget.allCases)
  func replay(target: FuzzTarget) throws {
    let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Corpus/\(target.rawValue)")
    let files = try FileManager.default.contentsOfDirectory(
      at: corpus, includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    for file in files {
      let input = try Array(Data(contentsOf: file))
      #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(input) }
      // And what is left of it when the connection breaks.
      for count in 0..<min(input.count, 512) {
        #expect(throws: Never.self, "\(file.lastPathComponent), \(count) bytes") {
          try target.check(Array(input.prefix(count)))
        }
      }
    }
  }

  @Test("would be noticed if it were otherwise")
  func notices() {
    #expect(throws: Broken.self) { try expect(false, "this") }
  }
}
