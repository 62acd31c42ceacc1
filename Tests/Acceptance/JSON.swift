import Foundation
import TestSupport

/// A JSON value with its type: `true` is not `1`, and `"1"` is neither.
enum JSON: Equatable, Sendable, Decodable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
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
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }

  /// A type, as one word.
  enum Kind: String, Sendable {
    case null, boolean, integer, number, string, array, object
  }

  var kind: Kind {
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
  func members() throws -> [String: JSON] {
    do {
      return try JSONDecoder().decode([String: JSON].self, from: Data(body))
    } catch {
      throw TestFailure("no JSON object, with status \(status): \(text)")
    }
  }

  func text(_ name: String) throws -> String {
    guard case .string(let value)? = try members()[name] else { throw missing("string", name) }
    return value
  }

  func integer(_ name: String) throws -> Int {
    guard case .integer(let value)? = try members()[name] else { throw missing("integer", name) }
    return value
  }

  func flag(_ name: String) throws -> Bool {
    guard case .boolean(let value)? = try members()[name] else { throw missing("boolean", name) }
    return value
  }

  /// The members of `error`; empty if there is none.
  var error: [String: JSON] {
    guard case .object(let error)? = (try? members())?["error"] else { return [:] }
    return error
  }

  /// The code that clients compare; nil if this is no error.
  var errorCode: String? {
    if case .string(let code)? = error["code"] { code } else { nil }
  }

  private func missing(_ kind: String, _ name: String) -> TestFailure {
    TestFailure("no \(kind) \(name), with status \(status): \(text)")
  }
}
