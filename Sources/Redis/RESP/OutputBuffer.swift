import Glibc

/// Commands on their way to Redis, as RESP bytes that one `send(2)` takes.
///
/// Everything is written straight into one block of memory, which grows to what a turn needs and
/// then stays: no string or array is made for a command.
///
/// Source: the Redis serialization protocol, <https://redis.io/docs/reference/protocol-spec/>.
struct OutputBuffer: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  /// The first byte that is not written yet.
  private var start = 0
  /// Where the next byte goes.
  private var end = 0

  init(capacity: Int = 4096) {
    memory = .allocate(byteCount: capacity, alignment: 1)
  }

  deinit {
    memory.deallocate()
  }

  var isEmpty: Bool { start == end }
  var count: Int { end - start }

  /// What waits to be written; valid until the next change.
  var unwritten: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[start..<end])
  }

  /// The first `count` bytes are written.
  mutating func consume(_ count: Int) {
    start += count
    guard isEmpty else { return }
    start = 0
    end = 0
    // One burst must not keep its memory for ever.
    if memory.count > Self.keptCapacity { reallocate(to: Self.keptCapacity) }
  }

  /// Begins a command with its array header and name, both in RESP already.
  mutating func begin(_ header: StaticString) {
    argument(encoded: header)
  }

  /// Begins a command whose number of arguments is known only now: `*count`, then its name in RESP.
  mutating func begin(count: Int, _ name: StaticString) {
    reserve(Self.overhead)
    put("*")
    put(decimal: UInt64(count), digits: Self.digits(of: UInt64(count)))
    putLineEnd()
    argument(encoded: name)
  }

  /// Appends an argument that is in RESP already.
  mutating func argument(encoded: StaticString) {
    reserve(encoded.utf8CodeUnitCount)
    encoded.withUTF8Buffer { put(UnsafeRawBufferPointer($0)) }
  }

  mutating func argument(_ text: String) {
    var text = text
    text.withUTF8 { argument(UnsafeRawBufferPointer($0)) }
  }

  mutating func argument(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { argument($0) }
  }

  mutating func argument(_ bytes: UnsafeRawBufferPointer) {
    reserve(Self.overhead + bytes.count)
    putLength(bytes.count)
    put(bytes)
    putLineEnd()
  }

  /// Appends a number in decimal digits; `prefix` stands before its sign.
  mutating func argument(_ number: Int64, prefix: Unicode.Scalar? = nil) {
    reserve(2 * Self.overhead)
    let digits = Self.digits(of: number.magnitude)
    putLength((prefix == nil ? 0 : 1) + (number < 0 ? 1 : 0) + digits)
    if let prefix { put(prefix) }
    if number < 0 { put("-") }
    put(decimal: number.magnitude, digits: digits)
    putLineEnd()
  }

  /// Appends `count` bytes, which `fill` writes.
  mutating func append(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    reserve(count)
    fill(UnsafeMutableRawBufferPointer(rebasing: memory[end..<end + count]))
    end += count
  }

  // MARK: - Bytes

  /// What a buffer that has been emptied may keep.
  private static let keptCapacity = 256 * 1024
  /// At least what surrounds an argument: `$`, a length of up to 20 digits, and two line ends.
  private static let overhead = 32

  private mutating func reserve(_ room: Int) {
    guard memory.count - end < room else { return }
    reallocate(to: max(2 * memory.count, count + room))
  }

  /// Moves what is unwritten to the front of a block of `capacity` bytes.
  private mutating func reallocate(to capacity: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    larger.copyMemory(from: unwritten)
    end = count
    start = 0
    memory.deallocate()
    memory = larger
  }

  private mutating func putLength(_ length: Int) {
    put("$")
    put(decimal: UInt64(length), digits: Self.digits(of: UInt64(length)))
    putLineEnd()
  }

  private mutating func putLineEnd() {
    put("\r")
    put("\n")
  }

  private mutating func put(_ character: Unicode.Scalar) {
    memory[end] = UInt8(truncatingIfNeeded: character.value)
    end += 1
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    UnsafeMutableRawBufferPointer(rebasing: memory[end...]).copyMemory(from: bytes)
    end += bytes.count
  }

  private mutating func put(decimal number: UInt64, digits: Int) {
    var rest = number
    for place in stride(from: end + digits - 1, through: end, by: -1) {
      memory[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
    end += digits
  }

  private static func digits(of number: UInt64) -> Int {
    var digits = 1
    var rest = number
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    return digits
  }
}
