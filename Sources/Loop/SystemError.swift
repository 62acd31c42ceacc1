import Glibc

/// A system call that failed: which one, and why.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// The call, as its manual page names it.
  package let call: String
  /// The `errno` it left.
  package let code: Int32

  /// A failure of `call` with the given `errno`.
  package init(call: String, code: Int32) {
    self.call = call
    self.code = code
  }

  /// One line for a log: the call, and what `strerror(3)` says.
  package var description: String { "\(call): \(String(cString: strerror(code)))" }

  /// Runs a system call, again when a signal interrupted it, and throws what `errno` says when it
  /// returns -1.
  @discardableResult
  static func check<Result: SignedInteger>(
    _ call: String, _ body: () -> Result
  ) throws(SystemError) -> Result {
    while true {
      let result = body()
      if result != -1 { return result }
      let code = errno
      if code != EINTR { throw SystemError(call: call, code: code) }
    }
  }
}
