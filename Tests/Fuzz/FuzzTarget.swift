/// Code that reads what strangers send, and what must be true of it whatever they send.
///
/// `Tests/Fuzz/run` lets libFuzzer look for bytes with which it is not; what was found is kept in
/// `Corpus`, and `swift test` looks at all of that again.
enum FuzzTarget: String, CaseIterable, Sendable {
  /// The text of waiting tokens and grants.
  case token
  /// Request targets and the parameters of queries.
  case query
  /// JSON bodies.
  case body
  /// What libmicrohttpd leaves of a header block.
  case header
  /// The reply parser, and who gets which reply.
  case replies

  /// Throws ``Broken`` if something is not as it must be.
  func check(_ input: [UInt8]) throws {
    switch self {
    case .token: try checkToken(input)
    case .query: try checkQuery(input)
    case .body: try checkBody(input)
    case .header: try checkHeader(input)
    case .replies: try checkReplies(input)
    }
  }
}

/// What must be true is not.
struct Broken: Error, CustomStringConvertible {
  let description: String
}

func expect(_ condition: Bool, _ expectation: @autoclosure () -> String) throws {
  if !condition { throw Broken(description: "not so: \(expectation())") }
}

extension String {
  /// Whether both are the same bytes; `==` takes canonically equivalent texts for equal.
  func isSpelled(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
