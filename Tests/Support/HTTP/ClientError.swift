import Foundation

/// Why a client of the tests got no answer.
package enum ClientError: Error, Equatable, CustomStringConvertible {
  /// Nothing came, or nothing was taken, for as long as the client waits.
  case timedOut
  /// The other side ended the connection, and nothing of an answer had come.
  case closed
  /// The other side ended the connection in the middle of an answer.
  case cutOff
  /// A system call failed; `ECONNREFUSED` for one.
  case system(call: String, code: Int32)
  /// What came is not the protocol.
  case malformed(String)

  /// The case in words.
  package var description: String {
    switch self {
    case .timedOut: "timed out"
    case .closed: "closed by the other side"
    case .cutOff: "closed by the other side in the middle of an answer"
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    case .malformed(let what): "malformed: \(what)"
    }
  }
}
