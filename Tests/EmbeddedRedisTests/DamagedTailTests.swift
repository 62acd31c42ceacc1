import Testing

@testable import EmbeddedRedis

@Suite("DamagedTail")
struct DamagedTailTests {
  private static let torn = Array("*3\r\n$3\r\nSET".utf8)
  private static let zeros = [UInt8](repeating: 0, count: 400)
  private static let long = [UInt8](repeating: 1, count: DamagedTail.longestTornCommand)

  @Test(
    "zeros are what a power cut leaves, alone or behind one torn command",
    arguments: [zeros, [0], torn + zeros, [1, 0, 1] + zeros, long + zeros])
  func isDamaged(bytes: [UInt8]) {
    #expect(DamagedTail(bytes, after: 107)?.bytes == bytes)
    #expect(DamagedTail(bytes, after: 107)?.goodBytes == 107)
  }

  @Test(
    "anything else is for a person to judge",
    arguments: [[], torn, zeros + torn, [1] + long + zeros])
  func isNotForUs(bytes: [UInt8]) {
    #expect(DamagedTail(bytes, after: 107) == nil)
  }
}
