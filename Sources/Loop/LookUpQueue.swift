/// Which host names are looked up, and who waits for each, apart from the threads that do it: a name is
/// looked up once at a time, however many ask, a few names at a time, and a bounded number wait.
///
/// `Asker` is who waits: it is carried, and compared when it gives up.
struct LookUpQueue<Asker: Hashable & Sendable>: Sendable {
  /// What to do for one who asks.
  enum Action: Equatable {
    /// The name's turn comes by itself.
    case nothing
    /// Start a thread, which calls ``next()`` until that says nil.
    case startThread
    /// Too many names wait: say that the system's resolver does not answer.
    case refuse
  }

  private let threadLimit: Int
  private let nameLimit: Int
  /// Who waits, by the name, whether that is under way or has yet to begin.
  private var askers: [String: [Asker]] = [:]
  /// The names that have yet to begin, the oldest first.
  private var names: [String] = []
  private var threads = 0

  /// At most `threads` names are looked up at a time, and `names` more wait.
  init(threads: Int, names: Int) {
    precondition(threads > 0, "a name needs a thread")
    threadLimit = threads
    nameLimit = names
  }

  /// `asker` wants to know the addresses of `name`.
  mutating func ask(_ name: String, by asker: Asker) -> Action {
    if askers[name] != nil {
      askers[name]?.append(asker)
      return .nothing
    }
    guard names.count < nameLimit else { return .refuse }
    names.append(name)
    askers[name] = [asker]
    guard threads < threadLimit else { return .nothing }
    threads += 1
    return .startThread
  }

  /// What a thread looks up next; nil: it ends.
  mutating func next() -> String? {
    guard !names.isEmpty else {
      threads -= 1
      return nil
    }
    return names.removeFirst()
  }

  /// A name that ``next()`` named has an answer: returns who waits for it.
  mutating func answered(_ name: String) -> [Asker] {
    askers.removeValue(forKey: name) ?? []
  }

  /// `asker` no longer waits. A name for which none waits is not begun.
  mutating func withdraw(_ asker: Asker, from name: String) {
    askers[name]?.removeAll { $0 == asker }
    guard askers[name]?.isEmpty == true, let place = names.firstIndex(of: name) else { return }
    names.remove(at: place)
    askers[name] = nil
  }

  /// The thread could not be started: returns who will not be answered, unless others take the names.
  mutating func threadFailed() -> [Asker] {
    threads -= 1
    guard threads == 0 else { return [] }
    defer { names = [] }
    return names.flatMap { askers.removeValue(forKey: $0) ?? [] }
  }
}
