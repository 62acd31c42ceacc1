import Glibc
import Locking

/// Asks the system's resolver, which blocks, on a few threads for all loops of a process. A thread lives
/// for as long as there are names. See ``LookUpQueue``.
///
/// Any thread may use it.
final class LookUps: Sendable {
  /// One who waits for an answer.
  struct Asker: Hashable, Sendable {
    let resolver: ObjectIdentifier
    let id: UInt64
    /// Called once, from any thread, unless the asker withdraws before.
    let answer: @Sendable (Resolver.Answer) -> Void

    static func == (one: Asker, other: Asker) -> Bool {
      one.resolver == other.resolver && one.id == other.id
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(id)
    }
  }

  /// Those of the process. A name server that is silent keeps a thread for half a minute.
  static let shared = LookUps(threads: 8, names: 256) { name in
    Resolver.Answer { () throws(ResolveError) in
      try ResolvedAddress.lookUp(.tcp(host: name, port: 0))
    }
  }

  private let queue: Lock<LookUpQueue<Asker>>
  private let lookUp: @Sendable (String) -> Resolver.Answer

  /// At most `threads` calls of `lookUp` are under way at a time, and `names` more names wait.
  init(threads: Int, names: Int, lookUp: @escaping @Sendable (String) -> Resolver.Answer) {
    queue = Lock(LookUpQueue(threads: threads, names: names))
    self.lookUp = lookUp
  }

  /// Looks `name` up for `asker`. The ports of the addresses are 0.
  func ask(_ name: String, for asker: Asker) {
    switch queue.withLock({ $0.ask(name, by: asker) }) {
    case .nothing: break
    case .refuse: asker.answer(Self.busy(name))
    case .startThread: start(name)
    }
  }

  /// `asker` no longer waits; an answer that is on its way still comes.
  func withdraw(_ asker: Asker, from name: String) {
    queue.withLock { $0.withdraw(asker, from: name) }
  }

  private func start(_ name: String) {
    do {
      try startThread(name: "resolver") { [self] in work() }
    } catch {
      // No thread can be had now, and perhaps later.
      for asker in queue.withLock({ $0.threadFailed() }) { asker.answer(Self.busy(name)) }
    }
  }

  private func work() {
    while let name = queue.withLock({ $0.next() }) {
      let answer = lookUp(name)
      for asker in queue.withLock({ $0.answered(name) }) { asker.answer(answer) }
    }
  }

  /// What the system's resolver says of a name server that does not answer.
  private static func busy(_ name: String) -> Resolver.Answer {
    .failure(ResolveError(.tcp(host: name, port: 0), code: EAI_AGAIN))
  }
}
