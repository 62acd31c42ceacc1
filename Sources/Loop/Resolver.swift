import Glibc

/// Host names to addresses without blocking a loop: the system's resolver runs on threads of its own,
/// a few for the whole process, and the answer comes back through the loop's inbox.
///
/// Literal addresses and Unix paths are answered at once, inside the call. A resolver that goes away
/// takes its open questions with it: their completions are never called.
package final class Resolver {
  /// All addresses of a name, at least one, best first; or why there are none.
  package typealias Answer = Result<[ResolvedAddress], ResolveError>

  private struct Question {
    let port: UInt16
    let timer: Loop.TimerID
    let completion: (Answer) -> Void
  }

  private let loop: Loop
  private let lookUps: LookUps
  private let inbox: Inbox<(UInt64, Answer)>
  private var delivery: Loop.WatchID?
  private var questions: [UInt64: Question] = [:]
  private var lastID: UInt64 = 0

  /// A resolver whose answers arrive on `loop`.
  package convenience init(loop: Loop) throws(SystemError) {
    try self.init(loop: loop, lookUps: .shared)
  }

  init(loop: Loop, lookUps: LookUps) throws(SystemError) {
    self.loop = loop
    self.lookUps = lookUps
    inbox = try Inbox()
    // Weak: of several answers that arrive together, the first may be the end of this object.
    delivery = try inbox.deliver(on: loop) { [weak self] id, answer in self?.answered(id, answer) }
  }

  deinit {
    if let delivery { loop.unwatch(delivery) }
    for question in questions.values { loop.cancel(question.timer) }
  }

  /// Looks `address` up and calls `completion` on the loop's thread, once, after `limit` at the latest:
  /// the system's resolver can take many seconds, and be busy with other names.
  package func resolve(
    _ address: SocketAddress, within limit: Duration, _ completion: @escaping (Answer) -> Void
  ) {
    if let literal = ResolvedAddress(literal: address) { return completion(.success([literal])) }
    guard case .tcp(let host, let port) = address else {
      return completion(.failure(ResolveError(address, code: EAI_NONAME)))
    }
    lastID += 1
    let id = lastID
    let asker = LookUps.Asker(resolver: ObjectIdentifier(self), id: id) { [inbox] answer in
      inbox.send((id, answer))
    }
    let timer = loop.schedule(after: limit) { [weak self] in
      guard let self, questions[id] != nil else { return }
      lookUps.withdraw(asker, from: host)
      answered(id, .failure(ResolveError(address, code: EAI_AGAIN)))
    }
    questions[id] = Question(port: port, timer: timer, completion: completion)
    lookUps.ask(host, for: asker)
  }

  private func answered(_ id: UInt64, _ answer: Answer) {
    guard let question = questions.removeValue(forKey: id) else { return }
    loop.cancel(question.timer)
    question.completion(answer.map { $0.map { $0.with(port: question.port) } })
  }
}

@available(*, unavailable, message: "a Resolver belongs to its loop's thread")
extension Resolver: Sendable {}
