import API
import HTTP

extension HTTPServer.Configuration {
  /// For the admin port, where a long list of seats may come in.
  static func admin(
    _ authorization: AdminAuthorization, connections: Int
  ) -> Self {
    var http = Self()
    http.ruleBody = { authorization.bodyRuling($0) }
    http.connectionLimit = connections
    // The callers are near.
    http.headerTimeout = .seconds(2)
    return http
  }
}
