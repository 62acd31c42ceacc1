/// Writes one JSON object, member by member, into bytes.
///
/// For bodies and log lines with a fixed shape: nothing is built but the bytes. Names are not checked
/// for being different.
///
/// Source: RFC 8259.
public struct JSONWriter {
  /// What has been written.
  private var bytes: [UInt8] = []

  /// The bytes of an object with the members that `members` writes.
  public static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.bytes.reserveCapacity(256)
    writer.braces(members)
    return writer.bytes
  }

  /// A string.
  public mutating func member(_ name: String, _ value: String) {
    begin(name)
    string(value)
  }

  /// A whole number. Beyond 2^53 readers that use doubles round it.
  public mutating func member(_ name: String, _ value: some BinaryInteger) {
    begin(name)
    bytes += String(value).utf8
  }

  /// A number; `null` if it is not finite, for which JSON has no word.
  public mutating func member(_ name: String, _ value: Double) {
    begin(name)
    bytes += (value.isFinite ? "\(value)" : "null").utf8
  }

  /// True or false.
  public mutating func member(_ name: String, _ value: Bool) {
    begin(name)
    bytes += (value ? "true" : "false").utf8
  }

  /// An object with the members that `members` writes.
  public mutating func object(_ name: String, _ members: (inout JSONWriter) -> Void) {
    begin(name)
    braces(members)
  }

  private mutating func braces(_ members: (inout JSONWriter) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    members(&self)
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func begin(_ name: String) {
    // Only an object that was just opened ends so: a string would end in its quotation mark.
    if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
    string(name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func string(_ text: String) {
    JSONText.append(text, to: &bytes)
  }
}
