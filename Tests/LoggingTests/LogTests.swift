import TestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import Logging

@Suite("Log")
struct LogTests {
  @Test("a line below the level is not written, and not even made")
  func belowLevel() throws {
    let pipe = try Pipe()
    let log = Log(level: .warn, format: .json, descriptor: pipe.writeEnd)
    var made = 0
    func message() -> String {
      made += 1
      return "made"
    }
    log.debug(message(), ["n": .integer(made)])
    log.info(message())
    #expect(made == 0)
    #expect(pipe.read() == "")
    log.warn(message())
    log.error(message())
    #expect(made == 2)
    #expect(pipe.read().split(separator: "\n").count == 2)
  }

  @Test("each level writes its own name")
  func levels() throws {
    let pipe = try Pipe()
    let log = Log(level: .debug, format: .json, descriptor: pipe.writeEnd)
    log.debug("m")
    log.info("m")
    log.warn("m")
    log.error("m")
    let levels = try pipe.read().split(separator: "\n").map { line in
      try JSONDecoder().decode([String: String].self, from: Data(line.utf8))["level"]
    }
    #expect(levels == ["debug", "info", "warn", "error"])
  }

  @Test("a line is one write")
  func oneWrite() throws {
    // A datagram keeps the bounds of a write.
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    defer {
      close(reader)
      close(writer)
    }
    let log = Log(level: .info, format: .text, descriptor: writer)
    log.info("first", ["n": 1])
    log.info("second")
    var bytes = [UInt8](repeating: 0, count: 4096)
    let lines = (0..<2).map { _ in
      String(decoding: bytes[..<read(reader, &bytes, bytes.count)], as: UTF8.self)
    }
    #expect(lines[0].hasSuffix("first n=1\n"))
    #expect(lines[1].hasSuffix("second\n"))
  }

  @Test("lines of several threads do not mix")
  func threads() async throws {
    let pipe = try Pipe()
    let log = Log(level: .info, format: .json, descriptor: pipe.writeEnd)
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask {
          for line in 0..<50 {
            log.info("line", ["thread": .integer(thread), "line": .integer(line)])
          }
        }
      }
    }
    struct Line: Decodable, Hashable {
      let thread: Int
      let line: Int
    }
    let lines = try pipe.read().split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
    #expect(lines.count == 200)
    #expect(Set(lines).count == 200)
  }

  @Test("when no reader keeps up, lines are dropped without waiting, and the next line counts them")
  func slowReader() throws {
    let pipe = try Pipe()
    let log = Log(level: .info, format: .json, descriptor: pipe.writeEnd)
    let long = String(repeating: "x", count: 1000)
    for _ in 0..<200 { log.info("full", ["long": .text(long)]) }
    let written = pipe.read().split(separator: "\n").count
    #expect(written < 200)
    log.info("after")
    struct Line: Decodable {
      let msg: String
      let dropped_lines: Int
    }
    let line = try JSONDecoder().decode(Line.self, from: Data(pipe.read().utf8))
    #expect(line.msg == "after")
    #expect(line.dropped_lines == 200 - written)
    log.info("later")
    #expect(!pipe.read().contains("dropped_lines"))
  }
}
