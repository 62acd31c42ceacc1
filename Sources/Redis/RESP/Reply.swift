/// What Redis answered, looked at where it lies: nothing is copied until it is asked for.
///
/// A view onto the memory of a connection. It can be read only while the completion that got it
/// runs; later the memory holds another reply, which a debug build asserts against.
package struct Reply {
  /// What a reply, or an element of one, can be.
  package enum Kind: UInt8, Sendable {
    /// A whole number.
    case integer
    /// Text or any other bytes, whether Redis sent a bulk string or a status such as `OK`.
    case bytes
    /// Nothing: no such key, member or field.
    case null
    /// A list of replies.
    case array
    /// An error among the elements of an array. A command that Redis answers with an error has no
    /// reply but ``RedisError/server(code:message:)``.
    case error
  }

  private let reel: TapeReel
  private let place: Int
  private let generation: UInt32

  init(_ reel: TapeReel, at place: Int = 0) {
    self.reel = reel
    self.place = place
    generation = reel.tape.pointee.generation
  }

  /// Which kind of reply this is.
  package var kind: Kind { node.kind }

  /// Whether this is ``Kind-swift.enum/null``.
  package var isNull: Bool { kind == .null }

  /// The whole number that this is, or that its bytes spell in decimal digits; nil for anything
  /// else.
  package var integer: Int64? {
    let node = node
    return switch node.kind {
    case .integer: node.value
    case .bytes: reel.tape.pointee.withBytes(of: node) { Int64(decimal: $0) }
    case .null, .array, .error: nil
    }
  }

  /// The number that this is or that its bytes spell, as `ZSCORE` does; nil for anything else.
  ///
  /// Whole numbers up to 2⁵³ are exact.
  package var decimal: Double? {
    if let integer { return Double(integer) }
    return text.flatMap { Double($0) }
  }

  /// A copy of the bytes as UTF-8 text; nil if this is no text.
  package var text: String? {
    withBytes { bytes in bytes.flatMap { String(validating: $0, as: UTF8.self) } }
  }

  /// A copy of the bytes; nil if this is something else.
  package var bytes: [UInt8]? {
    withBytes { $0.map { [UInt8]($0) } }
  }

  /// Whether the bytes are exactly those of `text`.
  package func isText(_ text: StaticString) -> Bool {
    withBytes { bytes in
      text.withUTF8Buffer { bytes?.elementsEqual($0) ?? false }
    }
  }

  /// Calls `body` with the bytes where they lie, or nil if this is something else.
  package func withBytes<Value>(_ body: (UnsafeRawBufferPointer?) -> Value) -> Value {
    let node = node
    return node.kind == .bytes ? reel.tape.pointee.withBytes(of: node, body) : body(nil)
  }

  /// How many elements an array has; 0 for anything else.
  package var count: Int {
    let node = node
    return node.kind == .array ? Int(node.count) : 0
  }

  /// Whether no array is among the elements of this one, so that each is found at once; true of anything
  /// else.
  package var isFlat: Bool { !node.holdsArrays }

  /// An element of an array; there must be one: see ``count``.
  package subscript(index: Int) -> Reply {
    let count = count
    precondition(
      index >= 0 && index < count, "a reply of \(count) elements has no element \(index)")
    guard node.holdsArrays else { return Reply(reel, at: place + 1 + index) }
    var element = place + 1
    for _ in 0..<index { element = reel.tape.pointee.end(of: element) }
    return Reply(reel, at: element)
  }

  /// All elements of an array, in order; none of anything else. For arrays of arrays, in which to
  /// look for one element after the other takes the square of the time.
  package var elements: [Reply] {
    var next = place + 1
    return (0..<count).map { _ in
      defer { next = reel.tape.pointee.end(of: next) }
      return Reply(reel, at: next)
    }
  }

  /// The error, if this is one.
  package var error: RedisError? {
    let node = node
    guard node.kind == .error else { return nil }
    return reel.tape.pointee.withBytes(of: node) {
      // It goes to the log, where a line must not become as long as a reply may be.
      RedisError(line: String(decoding: $0.prefix(512), as: UTF8.self))
    }
  }

  private var node: Tape.Node {
    assert(
      generation == reel.tape.pointee.generation,
      "a Reply can be read only while the completion that got it runs")
    return reel.tape.pointee.nodes[place]
  }
}

@available(*, unavailable, message: "a Reply is a view onto its connection's memory")
extension Reply: Sendable {}

extension Int64 {
  /// The number that `bytes` spell: an optional minus and at least one digit, nothing else, no
  /// overflow.
  fileprivate init?(decimal bytes: UnsafeRawBufferPointer) {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let digits = bytes[(isNegative ? 1 : 0)...]
    guard !digits.isEmpty else { return nil }
    var number: Int64 = 0
    for byte in digits {
      let digit = Int64(byte) - 48
      guard (0...9).contains(digit) else { return nil }
      let (tens, tooLarge) = number.multipliedReportingOverflow(by: 10)
      let (sum, tooFar) =
        isNegative
        ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      if tooLarge || tooFar { return nil }
      number = sum
    }
    self = number
  }
}
