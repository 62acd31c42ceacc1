/// Reads a JSON object of which some members are wanted, and forgives nothing: what another reader
/// on the request's path might take for something else is no JSON here. So there are no trailing
/// commas, no second member of a wanted name, no byte order mark, and no text that is not UTF-8.
///
/// Other members may be anything, as long as they are JSON and do not nest too deep.
///
/// Source: RFC 8259.
package struct JSONReader {
  /// How many arrays and objects may be inside each other.
  static let deepest = 32

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The values of the members called `names`, in that order: strings, and nil for what is absent
  /// or `null`. Nil if `bytes` are not one object, or if one of these members is something else.
  package static func members(_ names: [String], of bytes: [UInt8]) -> [String?]? {
    var values = [String?](repeating: nil, count: names.count)
    var seen = [Bool](repeating: false, count: names.count)
    let isObject = readObject(bytes) { reader, name in
      // Compared as bytes: as characters, U+212A would equal K.
      guard let index = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
        return reader.skipValue(depth: 1)
      }
      guard !seen[index] else { return false }
      seen[index] = true
      if reader.take(word: "null") { return true }
      values[index] = reader.readString()
      return values[index] != nil
    }
    return isObject ? values : nil
  }

  /// A member's value, as far as one is read here.
  package enum Value: Equatable, Sendable {
    /// A string.
    case string(String)
    /// A number, in the digits in which it is written.
    case number(String)
    /// True or false.
    case flag(Bool)
    /// `null`.
    case null
    /// A list or an object, into which no caller looks.
    case other
  }

  /// All members, in their order; nil if `bytes` are not one object, or if two have the same name.
  package static func members(of bytes: [UInt8]) -> [(name: String, value: Value)]? {
    var members: [(name: String, value: Value)] = []
    var names: Set<String> = []
    let isObject = readObject(bytes) { reader, name in
      guard names.insert(name).inserted, let value = reader.readValue() else { return false }
      members.append((name, value))
      return true
    }
    return isObject ? members : nil
  }

  /// Whether `bytes` are one object without two members of the same name.
  package static func isObject(_ bytes: [UInt8]) -> Bool {
    var names: Set<String> = []
    return readObject(bytes) { reader, name in
      names.insert(name).inserted && reader.skipValue(depth: 1)
    }
  }

  /// Whether `bytes` are one object, whose values `readValue` reads, one after the other.
  private static func readObject(
    _ bytes: [UInt8], _ readValue: (inout JSONReader, _ name: String) -> Bool
  ) -> Bool {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    let isObject =
      reader.take("{")
      && reader.readList(closedBy: "}") { reader in
        guard let name = reader.readName() else { return false }
        return readValue(&reader, name)
      }
    reader.skipSpace()
    return isObject && reader.position == bytes.count
  }

  /// What stands behind the opening bracket, with the closing one.
  private mutating func readList(
    closedBy end: Unicode.Scalar, _ readElement: (inout JSONReader) -> Bool
  ) -> Bool {
    skipSpace()
    if take(end) { return true }
    while readElement(&self) {
      skipSpace()
      if take(end) { return true }
      guard take(",") else { return false }
      skipSpace()
    }
    return false
  }

  /// A member's name, and all that stands before its value.
  private mutating func readName() -> String? {
    guard let name = readString() else { return nil }
    skipSpace()
    guard take(":") else { return nil }
    skipSpace()
    return name
  }

  private mutating func readValue() -> Value? {
    if take(word: "true") { return .flag(true) }
    if take(word: "false") { return .flag(false) }
    if take(word: "null") { return .null }
    if next == UInt8(ascii: "\"") { return readString().map(Value.string) }
    let start = position
    if next == UInt8(ascii: "{") || next == UInt8(ascii: "[") {
      return skipValue(depth: 1) ? .other : nil
    }
    return skipNumber() ? .number(String(decoding: bytes[start..<position], as: UTF8.self)) : nil
  }

  /// Passes over a value inside `depth` others.
  private mutating func skipValue(depth: Int) -> Bool {
    if take("{") {
      return depth < Self.deepest
        && readList(closedBy: "}") { $0.readName() != nil && $0.skipValue(depth: depth + 1) }
    }
    if take("[") {
      return depth < Self.deepest
        && readList(closedBy: "]") { $0.skipValue(depth: depth + 1) }
    }
    return take(word: "true") || take(word: "false") || take(word: "null")
      || readString() != nil || skipNumber()
  }

  private mutating func skipNumber() -> Bool {
    _ = take("-")
    guard take("0") || skipDigits() else { return false }
    if take("."), !skipDigits() { return false }
    guard take("e") || take("E") else { return true }
    if !take("+") { _ = take("-") }
    return skipDigits()
  }

  /// One digit or more.
  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = next, UInt8(ascii: "0") <= byte, byte <= UInt8(ascii: "9") { position += 1 }
    return position > start
  }

  // MARK: - Strings

  private mutating func readString() -> String? {
    guard take("\"") else { return nil }
    let start = position
    skipPlainText()
    if next == UInt8(ascii: "\"") {
      defer { position += 1 }
      return String(validating: bytes[start..<position], as: UTF8.self)
    }
    var text = Array(bytes[start..<position])
    while take("\\") {
      guard readEscaped(into: &text) else { return nil }
      let start = position
      skipPlainText()
      text += bytes[start..<position]
    }
    return take("\"") ? String(validating: text, as: UTF8.self) : nil
  }

  /// To the next quotation mark, backslash or control character.
  private mutating func skipPlainText() {
    while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      position += 1
    }
  }

  /// What a backslash stands before.
  private mutating func readEscaped(into text: inout [UInt8]) -> Bool {
    guard let byte = next else { return false }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      guard let scalar = readScalar(), let encoded = UTF8.encode(scalar) else { return false }
      text += encoded
    default: return false
    }
    return true
  }

  /// Four hexadecimal digits, or twice four that are two halves of one character.
  private mutating func readScalar() -> Unicode.Scalar? {
    guard let unit = readUnit() else { return nil }
    guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
    guard take("\\"), take("u"), let trail = readUnit(), UTF16.isTrailSurrogate(trail) else {
      return nil
    }
    return Unicode.Scalar(
      0x1_0000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00))
  }

  private mutating func readUnit() -> UInt16? {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = next.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        return nil
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  // MARK: - Bytes

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func take(word: StaticString) -> Bool {
    let isThere = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    if isThere { position += word.utf8CodeUnitCount }
    return isThere
  }
}
