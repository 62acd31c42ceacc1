import Loop

/// A loop on a thread of its own, and an object that lives there, for as long as this one is there.
final class LoopThread<Resident>: Sendable {
  private typealias Job = @Sendable (Loop, Resident) -> Void

  private let inbox: Inbox<Job>

  /// - Parameter settle: Makes the resident, on the thread.
  init(name: String, _ settle: @escaping @Sendable (Loop) throws -> Resident) throws {
    let inbox = try Inbox<Job>()
    self.inbox = inbox
    try startThread(name: name) {
      do {
        let loop = try Loop()
        let resident = try settle(loop)
        try inbox.deliver(on: loop) { job in job(loop, resident) }
        try loop.run()
      } catch {
        fatalError("\(name): \(error)")
      }
    }
  }

  deinit {
    inbox.send { loop, _ in loop.stop() }
  }

  /// Does something with the resident, on its thread, soon.
  func perform(_ work: @escaping @Sendable (Resident) -> Void) {
    inbox.send { _, resident in work(resident) }
  }
}
