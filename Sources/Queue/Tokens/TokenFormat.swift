/// How new tokens are written. Both ways are read, whichever is set.
package enum TokenFormat: String, CaseIterable, Sendable {
  /// As version 0.1 does: a token names no secret, and a waiting token has no stamp.
  case version1 = "1"
  /// A token names its secret, and a waiting token says when its bearer last gave a sign of life.
  case version2 = "2"

  /// The first byte of a payload.
  var byte: UInt8 {
    switch self {
    case .version1: 1
    case .version2: 2
    }
  }

  /// The format that begins with `byte`; nil if none does.
  init?(byte: UInt8) {
    guard let format = Self.allCases.first(where: { $0.byte == byte }) else { return nil }
    self = format
  }
}
