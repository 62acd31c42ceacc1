import Loop
import TestSupport

/// A port of loopback that is listened on, for whoever takes it over.
struct Listener: Sendable {
  let address: LocalAddress
  /// Not closed by anybody yet.
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
