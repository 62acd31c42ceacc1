import TestSupport

extension RedisMonitor.Line {
  /// Whether a sidecar with no event to look after, and with no secret to agree on, sends it by itself.
  var isOfIdleSidecar: Bool {
    switch name {
    case "PING", "INFO", "TIME", "ZRANGE", "ZREMRANGEBYSCORE", "ZCARD": true
    case "GET": arguments == ["queue:epoch:{0}"]
    default: false
    }
  }
}
