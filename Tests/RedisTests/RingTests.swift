import Testing

@testable import Redis

@Suite struct RingTests {
  @Test("comes out in the order in which it went in, while it grows and turns")
  func order() {
    var ring = Ring<Int>(capacity: 2)
    var next = 0
    var expected = 0
    for round in 0..<50 {
      for _ in 0..<(round % 7 + 1) {
        ring.append(next)
        next += 1
      }
      for _ in 0..<(round % 5) where !ring.isEmpty {
        #expect(ring.first == expected)
        #expect(ring.popFirst() == expected)
        expected += 1
      }
      #expect((0..<ring.count).map { ring[$0] } == Array(expected..<next))
    }
  }

  @Test("an empty one gives nothing")
  func empty() {
    var ring = Ring<Int>()
    #expect(ring.popFirst() == nil)
    ring.append(1)
    #expect(ring.popFirst() == 1)
    #expect(ring.popFirst() == nil)
    #expect(ring.isEmpty)
  }

  @Test("keeps nothing alive that came out")
  func releases() {
    final class Thing {}
    var ring = Ring<Thing>()
    weak var thing: Thing?
    do {
      let new = Thing()
      thing = new
      ring.append(new)
      _ = ring.popFirst()
    }
    #expect(thing == nil)
  }
}
