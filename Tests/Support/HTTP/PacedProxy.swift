import Foundation

/// A way to a Redis on which replies travel by a timetable: what it says waits for the next departure.
///
/// How many commands get through in a second depends on how many the client has under way at a time, and
/// not on how fast the machine is.
package final class PacedProxy: Sendable {
  private let relay: SocketProxy
  private let interval: Duration
  private let began = ContinuousClock.now

  /// A way to `redis`, open until ``close()``.
  package init(to redis: LocalAddress, every interval: Duration) throws {
    relay = try SocketProxy(to: redis)
    self.interval = interval
    relay.start { self.carry(between: $0, and: $1) }
  }

  /// Where Redis seems to listen.
  package var address: LocalAddress { relay.address }

  /// Lets no more clients in; the threads, which hold on to this, end with their connections.
  package func close() { relay.close() }

  /// Returns when either side has ended.
  private func carry(between client: Int32, and server: Int32) {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var replies: (bytes: [UInt8], departure: ContinuousClock.Instant)?
    while true {
      if let (bytes, departure) = replies, departure <= .now {
        guard send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return }
        replies = nil
      }
      var ends = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      let pause = replies.map { Int32(max(1, ($0.departure - .now) / .milliseconds(1))) }
      guard poll(&ends, 2, pause ?? -1) >= 0 else { return }
      if ends[0].revents != 0 {
        let count = recv(client, &chunk, chunk.count, 0)
        guard count > 0, send(server, chunk, count, Int32(MSG_NOSIGNAL)) == count else { return }
      }
      if ends[1].revents != 0 {
        let count = recv(server, &chunk, chunk.count, 0)
        guard count > 0 else { return }
        replies = ((replies?.bytes ?? []) + chunk[..<count], replies?.departure ?? nextDeparture)
      }
    }
  }

  private var nextDeparture: ContinuousClock.Instant {
    began + interval * (Int((ContinuousClock.now - began) / interval) + 1)
  }
}
