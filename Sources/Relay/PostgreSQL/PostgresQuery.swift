/// A statement and its parameters, as text; nil is NULL. One statement, so it happens or it does not.
struct PostgresQuery: Sendable {
  var text: String
  var parameters: [String?]
}

/// The rows that a statement returned.
typealias PostgresRows = [[String?]]

extension Collection {
  /// These as the text of an array of PostgreSQL, with NULL for what is nil.
  ///
  /// Source: PostgreSQL's documentation, 8.15.6.
  func postgresArray(_ text: (Element) -> String?) -> String {
    var array: [UInt8] = [UInt8(ascii: "{")]
    array.reserveCapacity(count * 24)
    for element in self {
      if array.count > 1 { array.append(UInt8(ascii: ",")) }
      guard let text = text(element) else {
        array += "NULL".utf8
        continue
      }
      array.append(UInt8(ascii: "\""))
      for byte in text.utf8 {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
          array.append(UInt8(ascii: "\\"))
        }
        array.append(byte)
      }
      array.append(UInt8(ascii: "\""))
    }
    array.append(UInt8(ascii: "}"))
    return String(decoding: array, as: UTF8.self)
  }
}
