import Glibc

/// Host names to addresses without blocking a loop: the system's resolver runs on a thread of its
/// own, and the answer comes back through the loop's inbox.
///
/// Literal addresses and Unix paths are answered at once, inside the call. A resolver that goes away
/// takes its open questions with it: their completions are never called.
package final class Resolver {
  /// All addresses of a name, at least one, best first; or why there are none.
  package typealias Answer = Result<[ResolvedAddress], ResolveError>

  private let loop: Loop
  private let inbox: Inbox<(UInt64, Answer)>
  private var delivery: Loop.WatchID?
  private var waiting: [UInt64: (Answer) -> Void] = [:]
  private var lastID: UInt64 = 0

  /// A resolver whose answers arrive on `loop`.
  package init(loop: Loop) throws(SystemError) {
    self.loop = loop
    inbox = try Inbox()
    // Weak: of several answers that arrive together, the first may be the end of this object.
    delivery = try inbox.deliver(on: loop) { [weak self] id, answer in
      self?.waiting.removeValue(forKey: id)?(answer)
    }
  }

  deinit {
    if let delivery { loop.unwatch(delivery) }
  }

  /// Looks `address` up and calls `completion` on the loop's thread, once. Set your own deadline: the
  /// system's resolver can take many seconds.
  package func resolve(_ address: SocketAddress, _ completion: @escaping (Answer) -> Void) {
    if let literal = ResolvedAddress(literal: address) { return completion(.success([literal])) }
    lastID += 1
    let id = lastID
    waiting[id] = completion
    do {
      try startThread(name: "resolver") { [inbox] in
        inbox.send((id, Answer { () throws(ResolveError) in try ResolvedAddress.lookUp(address) }))
      }
    } catch {
      waiting[id] = nil
      // No thread can be had now, and perhaps later: that is what this code says of a name server.
      completion(.failure(ResolveError(address, code: EAI_AGAIN)))
    }
  }
}

@available(*, unavailable, message: "a Resolver belongs to its loop's thread")
extension Resolver: Sendable {}
