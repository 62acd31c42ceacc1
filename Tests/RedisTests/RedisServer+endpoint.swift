import TestSupport

@testable import Redis

extension RedisServer {
  /// Where a pool finds it.
  var endpoint: Endpoint {
    guard case .unix(let path) = socket else { preconditionFailure("\(socket) is no Unix socket") }
    return Endpoint(address: .unix(path: path))
  }
}
