/// One reply, laid out flat: its nodes in the order in which they arrived, and the bytes that they
/// point to. Both blocks of memory are used again for the next reply.
struct Tape {
  /// One value of a reply.
  struct Node {
    let kind: Reply.Kind
    /// How many arrays are around it.
    let depth: UInt8
    /// For an array: whether an array is among its elements, so that they must be walked to be
    /// found.
    var holdsArrays = false
    /// The elements of an array, or the length of bytes.
    var count: Int32 = 0
    /// The integer, or where the bytes begin.
    var value: Int64 = 0
  }

  private(set) var nodes: [Node] = []
  private(set) var bytes: [UInt8] = []
  /// Goes up whenever what was on the tape is no longer valid.
  private(set) var generation: UInt32 = 0
  /// Whether a value was refused because too many arrays are around it.
  private(set) var isTooDeep = false

  private let maxDepth: UInt8
  private let roomyNodes: Int
  private let roomyBytes: Int

  /// A tape that takes values with at most `maxDepth` arrays around them.
  ///
  /// - Parameters:
  ///   - roomyNodes: How many values a large reply may have, about.
  ///   - roomyBytes: How many bytes all of them may have together.
  init(maxDepth: UInt8, roomyNodes: Int = 0, roomyBytes: Int = 0) {
    self.maxDepth = maxDepth
    self.roomyNodes = roomyNodes
    self.roomyBytes = roomyBytes
  }

  /// Makes room for the next reply; views onto the last one end here.
  mutating func clear() {
    generation &+= 1
    // One huge reply must not keep its memory for ever.
    nodes.removeAll(keepingCapacity: nodes.capacity <= Self.keptNodes)
    bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
  }

  /// Appends a value inside the array at `parent` (nil: the reply itself); returns its place, or
  /// nil if it is too deep.
  mutating func append(
    _ kind: Reply.Kind, count: Int = 0, value: Int64 = 0, in parent: Int?
  ) -> Int? {
    var depth: UInt8 = 0
    if let parent {
      depth = nodes[parent].depth + 1
      isTooDeep = depth > maxDepth
      if isTooDeep { return nil }
      if kind == .array { nodes[parent].holdsArrays = true }
    }
    if nodes.count == Self.keptNodes { nodes.reserveCapacity(roomyNodes) }
    nodes.append(
      Node(kind: kind, depth: depth, count: Int32(truncatingIfNeeded: count), value: value))
    return nodes.count - 1
  }

  /// Appends text, bytes or an error.
  mutating func append(
    _ kind: Reply.Kind, _ content: UnsafeRawBufferPointer, in parent: Int?
  ) -> Int? {
    let start = bytes.count
    if start + content.count > Self.keptBytes { bytes.reserveCapacity(roomyBytes) }
    bytes.append(contentsOf: content)
    return append(kind, count: content.count, value: Int64(start), in: parent)
  }

  /// The bytes of one of the nodes.
  func withBytes<Value>(
    of node: Node, _ body: (UnsafeRawBufferPointer) -> Value
  ) -> Value {
    let start = Int(node.value)
    return bytes.withUnsafeBytes { bytes in
      body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(node.count)]))
    }
  }

  /// Where the value at `place` ends, with all that is inside it.
  func end(of place: Int) -> Int {
    var next = place
    var open = 1
    while open > 0 {
      let node = nodes[next]
      open += (node.kind == .array ? Int(node.count) : 0) - 1
      next += 1
    }
    return next
  }

  // A reply that is longer than this gets all the room that one may need at once. What is not written to
  // costs nothing, while arrays that double leave a hole in memory at each step, together as large as
  // what is kept.
  private static let keptNodes = 4096
  private static let keptBytes = 256 * 1024
}

/// The one owner of a tape's memory, which hiredis writes to and replies read from.
///
/// A pointer, because C wants one; and each access to a property of a class would be checked.
final class TapeReel {
  let tape: UnsafeMutablePointer<Tape>

  init(_ tape: Tape) {
    self.tape = .allocate(capacity: 1)
    self.tape.initialize(to: tape)
  }

  deinit {
    tape.deinitialize(count: 1)
    tape.deallocate()
  }
}
