import Loop

/// Where a node of a cluster sends a client: `MOVED slot host:port`, or `ASK slot host:port`.
///
/// Source: the Redis cluster specification, "MOVED redirection" and "ASK redirection".
struct Redirection: Equatable {
  /// Which slot it is about.
  let slot: UInt16
  /// The node that serves it.
  let target: SocketAddress
  /// Whether only this one command is to go there, after `ASKING`: the slot is on its way.
  let asks: Bool

  /// What `error`, which came from the node at `sender`, says; nil if it is no redirection, or one to
  /// a host that cannot be one.
  init?(_ error: RedisError, from sender: SocketAddress) {
    guard case .server(let code, let message) = error, code == "MOVED" || code == "ASK" else {
      return nil
    }
    let words = message.split(separator: " ")
    guard words.count == 2, let slot = UInt16(words[0]), slot < Slot.count,
      let colon = words[1].lastIndex(of: ":"),
      let port = UInt16(words[1][colon...].dropFirst()), port > 0
    else { return nil }
    // An IPv6 address stands without brackets here.
    let named: SocketAddress? =
      switch AnnouncedHost(String(words[1][..<colon])) {
      case .host(let host): .tcp(host: host, port: port)
      case .unknown: sender.onSameHost(port: port)
      case .none: nil
      }
    guard let target = named else { return nil }
    self.slot = slot
    self.target = target
    asks = code == "ASK"
  }
}
