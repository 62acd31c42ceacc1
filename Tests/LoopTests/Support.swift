import Glibc
import Testing

@testable import Loop

/// A pipe: what is written to one end makes the other readable. It closes both when it goes away.
final class Pipe {
  /// The numbers of the two ends.
  let reading, writing: Int32
  private var readingEnd, writingEnd: Descriptor?

  init() throws {
    var ends: [Int32] = [-1, -1]
    try SystemError.check("pipe") { pipe(&ends) }
    for end in ends { try SystemError.check("fcntl") { fcntl(end, F_SETFL, O_NONBLOCK) } }
    (reading, writing) = (ends[0], ends[1])
    readingEnd = Descriptor(owning: reading)
    writingEnd = Descriptor(owning: writing)
  }

  /// Makes the reading end readable, and leaves it so.
  func fill() {
    #expect(write(writing, "x", 1) == 1)
  }

  func closeReading() { readingEnd = nil }

  func closeWriting() { writingEnd = nil }
}

extension Loop {
  /// Turns until `condition` holds and gives up after a minute: a test that hangs says nothing.
  func turn(until condition: () -> Bool) throws {
    let end = Instant.now + .seconds(60)
    while !condition() {
      try #require(Instant.now < end, "the loop turned for a minute and nothing came of it")
      try turn(waitingAtMost: .seconds(1))
    }
  }
}

/// Runs `body` on a thread of its own and waits for what it returns or throws.
func onOwnThread<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) throws -> Value {
  let loop = try Loop()
  let inbox = try Inbox<Result<Value, any Error>>()
  var outcome: Result<Value, any Error>?
  try inbox.deliver(on: loop) { outcome = $0 }
  try startThread(name: "test") { inbox.send(Result(catching: body)) }
  try loop.turn { outcome != nil }
  return try #require(outcome).get()
}

/// What a small text file holds, one of `/proc` say; empty if it cannot be read.
func contents(of path: String) -> String {
  let raw = open(path, O_RDONLY | O_CLOEXEC)
  guard raw != -1 else { return "" }
  let file = Descriptor(owning: raw)
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = read(file.raw, &bytes, bytes.count)
  return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

/// A directory of the test's own, removed with what is in it when this goes away.
struct TemporaryDirectory: ~Copyable {
  let path: String

  init() throws {
    var template = Array("/tmp/usher-loop-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = template.withUnsafeBufferPointer { buffer in
      String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  deinit {
    guard let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      unlink("\(path)/\(name)")
    }
    closedir(directory)
    rmdir(path)
  }
}

/// Keeps the thread busy until `duration` has passed.
func spin(for duration: Duration) {
  let end = Instant.now + duration
  while Instant.now < end {}
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
