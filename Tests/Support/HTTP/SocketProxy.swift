import Foundation

/// An address of its own in front of a server: what connects there is handed on, with a connection to
/// the server, to the code that carries the bytes between the two.
package final class SocketProxy: Sendable {
  /// Where the server seems to listen.
  package let address: LocalAddress
  private let server: LocalAddress
  private let directory: TemporaryDirectory
  private let listener: Int32

  /// Before `server`; no client is let in before ``start(_:)``.
  package init(to server: LocalAddress) throws {
    self.server = server
    directory = try TemporaryDirectory()
    address = .unix(path: directory.path(of: "relay.sock"))
    listener = try address.listen()
  }

  /// Calls `carry` for each connection, on a thread of its own, with the descriptors of both sides. They
  /// are closed when it returns.
  package func start(_ carry: @escaping @Sendable (_ client: Int32, _ server: Int32) -> Void) {
    Thread { [self] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { break }
        Thread { [server] in
          defer { Foundation.close(client) }
          guard let server = try? server.connect() else { return }
          defer { Foundation.close(server) }
          carry(client, server)
        }.start()
      }
      Foundation.close(listener)
    }.start()
  }

  /// Lets no more clients in; those that are in stay. To be called in the end: the thread that accepts
  /// holds on to this.
  package func close() {
    shutdown(listener, Int32(SHUT_RDWR))
  }
}
