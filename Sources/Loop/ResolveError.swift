import Glibc

/// A host name that has no address, or a resolver that did not answer.
package struct ResolveError: Error, Equatable, CustomStringConvertible {
  /// The name that was looked up, or the Unix path that is too long.
  package let host: String
  /// An `EAI_…` code.
  package let code: Int32

  init(_ address: SocketAddress, code: Int32) {
    switch address {
    case .tcp(let host, _): self.host = host
    case .unix(let path): self.host = path
    }
    self.code = code
  }

  /// One line for a log: the name, and what `gai_strerror(3)` says.
  package var description: String {
    "cannot resolve \(host): \(String(cString: gai_strerror(code)))"
  }
}
