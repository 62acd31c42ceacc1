import Loop

/// Why there is no server.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
  /// The installed libmicrohttpd is not one whose parser is known here (0.9.75 and 0.9.76).
  case unknownLibrary(version: String)
  /// libmicrohttpd did not start.
  case refused(SystemError)

  /// One line for a log.
  package var description: String {
    switch self {
    case .unknownLibrary(let version): "libmicrohttpd \(version) is not 0.9.75 or 0.9.76"
    case .refused(let error): "libmicrohttpd does not start: \(error)"
    }
  }
}
