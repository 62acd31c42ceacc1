/// Writes one JSON object, member by member, into bytes.
///
/// For bodies and log lines with a fixed shape: nothing is built but the bytes, in one piece of
/// memory. Names are part of the program, so that they need not be looked at: nothing in one has to
/// be escaped, and no two of an object are the same.
///
/// Source: RFC 8259.
package struct JSONWriter {
  private let memory: UnsafeMutableBufferPointer<UInt8>
  /// How many bytes have been written, those counted that did not fit.
  private var count = 0
  private var needsComma = false

  /// Most objects are shorter, in bytes.
  private static let usualCapacity = 256

  /// The bytes of an object with the members that `members` writes; it is asked twice for a long
  /// one.
  package static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    object(capacity: usualCapacity, members)
  }

  private static func object(capacity: Int, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var needed = 0
    // An array that is written in place costs three times as much to make: it is not specialised.
    let bytes = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { memory in
      var writer = JSONWriter(memory: memory)
      writer.braces(members)
      needed = writer.count
      return needed > capacity ? nil : [UInt8](UnsafeBufferPointer(rebasing: memory[..<needed]))
    }
    return bytes ?? object(capacity: needed, members)
  }

  private init(memory: UnsafeMutableBufferPointer<UInt8>) {
    self.memory = memory
  }

  /// A string.
  package mutating func member(_ name: StaticString, _ value: String) {
    begin(name)
    put(string: value)
  }

  /// A whole number. Beyond 2^53 readers that use doubles round it.
  package mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
    begin(name)
    if let number = Int64(exactly: value) {
      put(number)
    } else {
      put(String(value))
    }
  }

  /// A whole number, or `null`.
  package mutating func member(_ name: StaticString, _ value: Int?) {
    begin(name)
    if let value { put(Int64(value)) } else { put("null") }
  }

  /// A number; `null` if it is not finite, for which JSON has no word.
  package mutating func member(_ name: StaticString, _ value: Double) {
    begin(name)
    put(value.isFinite ? "\(value)" : "null")
  }

  /// True or false.
  package mutating func member(_ name: StaticString, _ value: Bool) {
    begin(name)
    put(value ? "true" : "false")
  }

  /// An object with the members that `members` writes.
  package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
    begin(name)
    braces(members)
  }

  /// A list of strings.
  package mutating func member(_ name: StaticString, _ values: [String]) {
    list(name, values) { writer, value in writer.put(string: value) }
  }

  /// A list of objects, one for each element, with the members that `members` writes.
  package mutating func objects<Element>(
    _ name: StaticString, _ elements: [Element], _ members: (Element, inout JSONWriter) -> Void
  ) {
    list(name, elements) { writer, element in writer.braces { members(element, &$0) } }
  }

  private mutating func list<Element>(
    _ name: StaticString, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
  ) {
    begin(name)
    put(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { put(UInt8(ascii: ",")) }
      write(&self, element)
    }
    put(UInt8(ascii: "]"))
    needsComma = true
  }

  private mutating func braces(_ members: (inout JSONWriter) -> Void) {
    put(UInt8(ascii: "{"))
    needsComma = false
    members(&self)
    put(UInt8(ascii: "}"))
    needsComma = true
  }

  private mutating func begin(_ name: StaticString) {
    if needsComma { put(UInt8(ascii: ",")) }
    needsComma = true
    name.withUTF8Buffer { utf8 in
      assert(JSONText.isPlain(utf8), "\(name) would have to be escaped")
      put(quoted: utf8)
    }
    put(UInt8(ascii: ":"))
  }

  // MARK: - Bytes

  private mutating func put(string: String) {
    let isPlain = string.utf8.span.withUnsafeBufferPointer { utf8 in
      guard JSONText.isPlain(utf8) else { return false }
      put(quoted: utf8)
      return true
    }
    if isPlain { return }
    var escaped: [UInt8] = []
    JSONText.append(string, to: &escaped)
    for byte in escaped { put(byte) }
  }

  /// What needs no escape, in quotation marks.
  private mutating func put(quoted utf8: UnsafeBufferPointer<UInt8>) {
    put(UInt8(ascii: "\""))
    put(UnsafeRawBufferPointer(utf8))
    put(UInt8(ascii: "\""))
  }

  private mutating func put(_ text: String) {
    text.utf8.span.withUnsafeBytes { put($0) }
  }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    let end = count + bytes.count
    if end <= memory.count {
      UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory)[count..<end])
        .copyMemory(from: bytes)
    }
    count = end
  }

  private mutating func put(_ number: Int64) {
    if number < 0 { put(UInt8(ascii: "-")) }
    var digits = 1
    var rest = number.magnitude
    while rest >= 10 {
      rest /= 10
      digits += 1
    }
    rest = number.magnitude
    for place in stride(from: count + digits - 1, through: count, by: -1) {
      if place < memory.count { memory[place] = UInt8(truncatingIfNeeded: 48 + rest % 10) }
      rest /= 10
    }
    count += digits
  }

  private mutating func put(_ byte: UInt8) {
    if count < memory.count { memory[count] = byte }
    count += 1
  }
}
