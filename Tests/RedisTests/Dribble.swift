import Glibc
import Loop
import TestSupport

@testable import Redis

/// Stands between a client and a server, on the test's own loop, and carries bytes one at a time;
/// if asked to, it hangs up after so many bytes from the server.
final class Dribble {
  let address: SocketAddress
  /// So many bytes have come from the server.
  private(set) var carried = 0

  private let loop: Loop
  private let listener: Descriptor
  private let server: UInt16
  private let limit: Int
  private var listening: Loop.WatchID?
  private var ends: [(from: Int32, to: Int32, watch: Loop.WatchID)] = []

  init(on loop: Loop, to server: UInt16, hangingUpAfter limit: Int = .max) throws {
    self.loop = loop
    self.server = server
    self.limit = limit
    guard let any = ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: 0)) else { throw Lost() }
    listener = try Socket.listen(at: any, shared: false)
    guard let port = Socket.localPort(of: listener.raw) else { throw Lost() }
    address = .tcp(host: "127.0.0.1", port: port)
    listening = try loop.watch(listener.raw, for: .readable) { [unowned self] _ in accept() }
  }

  deinit {
    hangUp()
    if let listening { loop.unwatch(listening) }
  }

  private func accept() {
    guard let address = ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: server)),
      let onward = try? Socket.connect(to: address)
    else { return }
    let client = Glibc.accept(listener.raw, nil, nil)
    let upstream = onward.release()
    carry(from: client, to: upstream, counts: false)
    carry(from: upstream, to: client, counts: true)
  }

  private func carry(from: Int32, to: Int32, counts: Bool) {
    let watch = try? loop.watch(from, for: .readable) { [unowned self] _ in
      var byte: UInt8 = 0
      guard recv(from, &byte, 1, Int32(MSG_DONTWAIT)) == 1 else { return hangUp() }
      if counts { carried += 1 }
      if carried > limit { return hangUp() }
      _ = send(to, &byte, 1, Int32(MSG_NOSIGNAL))
    }
    if let watch { ends.append((from, to, watch)) }
  }

  private func hangUp() {
    for end in ends {
      loop.unwatch(end.watch)
      shutdown(end.from, Int32(SHUT_RDWR))
      close(end.from)
    }
    ends = []
  }

  private struct Lost: Error {}
}
