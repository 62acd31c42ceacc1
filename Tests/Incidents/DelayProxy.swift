import Glibc
import Loop
import TestSupport

/// Stands between usher and Redis and makes the way longer: what either side sends arrives later, in
/// order, however much is under way.
final class DelayProxy: Sendable {
  let address: LocalAddress
  private let carriers: LoopThread<Carriers>

  /// - Parameter roundTrip: What a question and its answer need together for the way.
  init(to server: LocalAddress, roundTrip: Duration) throws {
    guard case .tcp(let port) = server else { throw TestFailure("\(server) has no port") }
    let listener = try Listener()
    address = listener.address
    carriers = try LoopThread(name: "delay proxy") { loop in
      let carriers = Carriers(loop: loop, server: port)
      carriers.oneWay = roundTrip / 2
      try carriers.listen(on: Descriptor(owning: listener.descriptor))
      return carriers
    }
  }

  /// Makes the way longer or shorter from now on.
  func setRoundTrip(_ duration: Duration) {
    carriers.perform { $0.oneWay = duration / 2 }
  }
}

/// Everything on the proxy's thread.
private final class Carriers {
  var oneWay = Duration.zero

  private let loop: Loop
  private let server: UInt16
  private var listener = Descriptor?.none

  init(loop: Loop, server: UInt16) {
    self.loop = loop
    self.server = server
  }

  func listen(on listener: consuming Descriptor) throws {
    let raw = listener.raw
    self.listener = consume listener
    _ = try loop.watch(raw, for: .readable) { [self] _ in accept(on: raw) }
  }

  private func accept(on listener: Int32) {
    let client = Glibc.accept(listener, nil, nil)
    guard client >= 0, let address = ResolvedAddress(literal: .tcp(host: "127.0.0.1", port: server))
    else { return }
    var on: Int32 = 1
    setsockopt(
      client, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    guard let upstream = try? Socket.connect(to: address) else {
      close(client)
      return
    }
    let way = Way(client, upstream.release())
    carry(.there, on: way)
    carry(.back, on: way)
  }

  private func carry(_ direction: Way.Direction, on way: Way) {
    let from = way.end(from: direction)
    way.watches[direction] = try? loop.watch(from, for: .readable) { [self] _ in
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = recv(from, &chunk, chunk.count, Int32(MSG_DONTWAIT))
      if count < 0, errno == EAGAIN || errno == EINTR { return }
      if count <= 0 { unwatch(direction, on: way) }
      way.queues[direction, default: []].append(
        (due: max(loop.now + oneWay, way.lastDue(direction)), bytes: chunk[..<max(0, count)]))
      if way.queues[direction]?.count == 1 { deliver(direction, on: way) }
    }
  }

  /// Sends what is due and comes back for the rest.
  private func deliver(_ direction: Way.Direction, on way: Way) {
    guard !way.isClosed, let first = way.queues[direction]?.first else { return }
    guard first.due <= .now else {
      loop.schedule(at: first.due) { [self] in deliver(direction, on: way) }
      return
    }
    // Nothing is how the end of a side's words is written down.
    guard !first.bytes.isEmpty else { return hangUp(way) }
    let to = way.end(to: direction)
    let count = first.bytes.withUnsafeBytes {
      send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
    if count < 0, errno != EAGAIN, errno != EINTR { return hangUp(way) }
    if count == first.bytes.count {
      way.queues[direction]?.removeFirst()
      deliver(direction, on: way)
    } else {
      way.queues[direction]?[0].bytes.removeFirst(max(0, count))
      loop.schedule(after: .milliseconds(1)) { [self] in deliver(direction, on: way) }
    }
  }

  private func unwatch(_ direction: Way.Direction, on way: Way) {
    way.watches.removeValue(forKey: direction).map(loop.unwatch)
  }

  private func hangUp(_ way: Way) {
    unwatch(.there, on: way)
    unwatch(.back, on: way)
    way.close()
  }
}

/// One connection of usher's, and the one to Redis that belongs to it.
private final class Way {
  enum Direction { case there, back }

  var watches: [Direction: Loop.WatchID] = [:]
  /// What is under way, the oldest first.
  var queues: [Direction: [(due: Instant, bytes: ArraySlice<UInt8>)]] = [:]
  private(set) var isClosed = false
  private let client: Int32
  private let upstream: Int32

  init(_ client: Int32, _ upstream: Int32) {
    self.client = client
    self.upstream = upstream
  }

  func end(from direction: Direction) -> Int32 { direction == .there ? client : upstream }
  func end(to direction: Direction) -> Int32 { direction == .there ? upstream : client }

  func lastDue(_ direction: Direction) -> Instant {
    queues[direction]?.last?.due ?? Instant(nanoseconds: 0)
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    Glibc.close(client)
    Glibc.close(upstream)
  }
}
