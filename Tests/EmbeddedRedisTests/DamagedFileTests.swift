import Foundation
import Loop
import TestSupport
import Testing

@testable import EmbeddedRedis
@testable import Logging

@Suite("EmbeddedRedis, when its append-only file is damaged")
struct DamagedFileTests {
  private let temporary: TemporaryDirectory
  private let loop: Loop
  private let output: TestSupport.Pipe
  private let log: Log

  init() throws {
    temporary = try TemporaryDirectory()
    loop = try Loop()
    output = try TestSupport.Pipe()
    log = Log(level: .info, format: .text, descriptor: output.writeEnd)
  }

  private func makeRedis() throws -> EmbeddedRedis {
    try EmbeddedRedis(directory: temporary.path, loop: loop, log: log)
  }

  private func stop(_ redis: EmbeddedRedis) throws {
    var isStopped = false
    redis.stop { isStopped = true }
    try loop.turn(until: { isStopped })
  }

  /// The file that a server which wrote `place` and was killed has written to, with `bytes` behind it.
  private func damage(with bytes: [UInt8]) throws -> (path: String, length: Int) {
    let redis = try makeRedis()
    redis.start()
    let address = redis.address
    try loop.turn(until: { address.answers })
    #expect(address.ask("SET", "place", "1") == .status("OK"))
    try stop(redis)
    let folder = "\(temporary.path)/appendonlydir"
    let path = try #require(
      FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".incr.aof") }
        .map { "\(folder)/\($0)" })
    let whole = try Data(contentsOf: URL(filePath: path))
    try (whole + bytes).write(to: URL(filePath: path))
    return (path, whole.count)
  }

  @Test(
    "zeros that a power cut left at the end of its file are cut off and kept, and it comes back")
  func powerCut() throws {
    let torn = Array("*3\r\n$3\r\nSET".utf8) + [UInt8](repeating: 0, count: 400)
    let (path, length) = try damage(with: torn)
    let redis = try makeRedis()
    var cuts = 0
    redis.tailCut = { cuts += 1 }
    redis.start()
    let address = redis.address
    try loop.turn(until: { address.answers })
    #expect(address.ask("GET", "place") == .text("1"))
    #expect(cuts == 1)
    #expect(try Data(contentsOf: URL(filePath: "\(path).cut-at-\(length)")) == Data(torn))
    let log = output.read()
    #expect(log.contains("a power cut left zeros") && log.contains("bytes=\(torn.count)"), "\(log)")
    try stop(redis)
  }

  @Test("what else is wrong with its file is left as it is, and the log says what a person can do")
  func damagedOtherwise() throws {
    let (path, _) = try damage(with: Array("neither a command nor a zero\r\n".utf8))
    let before = try Data(contentsOf: URL(filePath: path))
    let redis = try makeRedis()
    redis.start()
    var log = ""
    try loop.turn(until: {
      log += output.read()
      return log.contains("not safe to repair it unasked")
    })
    #expect(log.contains("redis-check-aof --fix"))
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    try stop(redis)
  }
}
