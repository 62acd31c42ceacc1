import Testing

@testable import Queue

@Suite("BatchQueue")
struct BatchQueueTests {
  private func request(_ name: String) throws -> JoinRequest {
    JoinRequest(user: try #require(UserID(name)), completion: { _ in })
  }

  @Test("asks for one batch, however many arrive in a turn")
  func oneBatch() throws {
    var queue = BatchQueue<JoinRequest>()
    #expect(queue.append(try request("a")))
    #expect(!queue.append(try request("b")))
    #expect(queue.beginBatch()?.map(\.user.text) == ["a", "b"])
    #expect(queue.beginBatch() == nil)
  }

  @Test("keeps what arrives while a batch is under way for the next one, in order")
  func nextBatch() throws {
    var queue = BatchQueue<JoinRequest>()
    _ = queue.append(try request("a"))
    _ = queue.beginBatch()
    #expect(!queue.append(try request("b")))
    #expect(!queue.append(try request("c")))
    let more = queue.endBatch()
    #expect(more)
    #expect(queue.beginBatch()?.map(\.user.text) == ["b", "c"])
    let evenMore = queue.endBatch()
    #expect(!evenMore)
    #expect(queue.isIdle)
  }

  @Test("a batch takes no more people than one script call should")
  func batchLimit() throws {
    var queue = BatchQueue<JoinRequest>()
    for number in 0..<300 { _ = queue.append(try request("p\(number)")) }
    #expect(queue.beginBatch()?.count == BatchQueue<JoinRequest>.batchLimit)
    let more = queue.endBatch()
    #expect(more)
    #expect(queue.beginBatch()?.first?.user.text == "p256")
  }

  @Test("gives up all that wait at once, and takes new ones")
  func giveUp() throws {
    var queue = BatchQueue<JoinRequest>()
    for number in 0..<300 { _ = queue.append(try request("p\(number)")) }
    _ = queue.beginBatch()
    #expect(queue.giveUp().map(\.user.text) == (256..<300).map { "p\($0)" })
    let more = queue.endBatch()
    #expect(!more)
    #expect(queue.isIdle)
    #expect(queue.append(try request("again")))
  }
}
