import Loop

/// Why there is no server.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
  /// The installed libmicrohttpd is one of before 1.0 whose way of reading requests is not known here.
  case unknownLibrary(version: String)
  /// libmicrohttpd did not start.
  case refused(SystemError)

  /// One line for a log.
  package var description: String {
    switch self {
    case .unknownLibrary(let version):
      "libmicrohttpd \(version) may read a request otherwise than is known here: install 1.0 or later, "
        + "or 0.9.75, which Debian 12 has"
    case .refused(let error): "libmicrohttpd does not start: \(error)"
    }
  }
}
