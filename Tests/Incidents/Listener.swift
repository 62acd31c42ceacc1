import Loop
import TestSupport

/// A port of loopback that is listened on, for a server to take over.
struct Listener: Sendable {
  let address: LocalAddress
  /// Open; the server that takes it over closes it.
  let descriptor: Int32

  init() throws {
    guard let any = ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: 0)) else {
      throw TestFailure("127.0.0.1 is no address")
    }
    let listener = try Socket.listen(at: any, shared: false)
    guard let port = Socket.localPort(of: listener.raw) else { throw TestFailure("no port") }
    address = .tcp(port: port)
    descriptor = listener.release()
  }
}
