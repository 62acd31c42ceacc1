import Foundation

/// A JSON value with its type: `true` is not `1`, and `"1"` is neither.
package enum JSONValue: Equatable, Sendable, Decodable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Decodes any JSON.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // The commonest first: each attempt that fails is slow.
    if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// A type, as one word.
  package enum Kind: String, Sendable {
    case null, boolean, integer, number, string, array, object
  }

  /// Its type.
  package var kind: Kind {
    switch self {
    case .null: .null
    case .boolean: .boolean
    case .integer: .integer
    case .number: .number
    case .string: .string
    case .array: .array
    case .object: .object
    }
  }
}

extension HTTPResponse {
  /// The members of the JSON object that the body is.
  package func members() throws -> [String: JSONValue] {
    do {
      return try JSONDecoder().decode([String: JSONValue].self, from: Data(body))
    } catch {
      throw TestFailure("no JSON object, with status \(status): \(text)")
    }
  }

  /// A member that must be a string.
  package func text(_ name: String) throws -> String {
    guard case .string(let value)? = try members()[name] else { throw missing("string", name) }
    return value
  }

  /// A member that must be a whole number.
  package func integer(_ name: String) throws -> Int {
    guard case .integer(let value)? = try members()[name] else { throw missing("integer", name) }
    return value
  }

  /// A member that must be `true` or `false`.
  package func flag(_ name: String) throws -> Bool {
    guard case .boolean(let value)? = try members()[name] else { throw missing("boolean", name) }
    return value
  }

  /// The members of `error`; empty if there is none.
  package var error: [String: JSONValue] {
    guard case .object(let error)? = (try? members())?["error"] else { return [:] }
    return error
  }

  /// The code that clients compare; nil if this is no error.
  package var errorCode: String? {
    if case .string(let code)? = error["code"] { code } else { nil }
  }

  private func missing(_ kind: String, _ name: String) -> TestFailure {
    TestFailure("no \(kind) \(name), with status \(status): \(text)")
  }
}
