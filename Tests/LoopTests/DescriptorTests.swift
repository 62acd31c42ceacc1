import Glibc
import Testing

@testable import Loop

/// Whether a number is closed cannot be asked of the number: another test may own it by then. A
/// pipe tells it at its other end.
@Suite("Descriptor")
struct DescriptorTests {
  @Test("the descriptor is open until the end of its scope, and closed there")
  func closes() throws {
    let pipe = try Pipe()
    do {
      let copy = Descriptor(owning: try SystemError.check("dup") { dup(pipe.writing) })
      pipe.closeWriting()
      #expect(write(copy.raw, "x", 1) == 1)
      #expect(readByte(from: pipe) == 1)
      #expect(readByte(from: pipe) == -1)
    }
    #expect(readByte(from: pipe) == 0)
  }

  @Test("a descriptor that was given away stays open")
  func release() throws {
    let pipe = try Pipe()
    let number: Int32
    do {
      let copy = Descriptor(owning: try SystemError.check("dup") { dup(pipe.writing) })
      number = copy.release()
    }
    pipe.closeWriting()
    #expect(write(number, "x", 1) == 1)
    #expect(readByte(from: pipe) == 1)
    close(number)
    #expect(readByte(from: pipe) == 0)
  }

  /// What `read(2)` returns: 1, 0 at the end (all writers closed), -1 when there is nothing yet.
  private func readByte(from pipe: Pipe) -> Int {
    var byte: UInt8 = 0
    return read(pipe.reading, &byte, 1)
  }
}
