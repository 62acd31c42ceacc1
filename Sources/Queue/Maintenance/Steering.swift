import Loop
import Redis

/// What operators do to the people of an event, and are told of them.
///
/// Confined to its loop's thread, completions included.
package final class Steering {
  /// How many entries of a trail one script looks through, and how many one request.
  static let step = 1000
  static let stepLimit = 50

  /// Called with how many sessions operators ended.
  package var sessionsRemoved: ((Int) -> Void)?

  private let redis: any RedisClient
  private let scripts: QueueScripts
  private let settings: QueueSettings
  private let caller: EventScripts

  /// Works through `redis`.
  ///
  /// - Parameter store: What the process knows of what Redis holds.
  package init(
    loop: Loop, redis: any RedisClient, settings: QueueSettings, store: StoreKnowledge? = nil,
    scripts: QueueScripts = QueueScripts()
  ) {
    self.redis = redis
    self.settings = settings
    self.scripts = scripts
    caller = EventScripts(loop: loop, redis: redis, settings: settings, store: store)
  }

  // MARK: Doing

  /// Removes all people of `event`, in bounded steps. Repeating it removes who came since.
  package func reset(
    _ event: EventID, by author: Author,
    _ completion: @escaping (Result<ResetOutcome, RedisError>) -> Void
  ) {
    reset(event, by: author, passing: nil, Removed(), completion)
  }

  private func reset(
    _ event: EventID, by author: Author, passing: Int?, _ removed: Removed,
    _ completion: @escaping (Result<ResetOutcome, RedisError>) -> Void
  ) {
    caller.call(
      scripts.reset, event, { ResetScript.arguments($0, $1, passing: passing, by: author) }
    ) { [self] (result: Result<ResetScript.Outcome, RedisError>) in
      switch result {
      case .success(.unknown): completion(.success(.unknown))
      case .success(.step(let gone, let next)):
        sessionsRemoved?(gone.inside)
        var removed = removed
        removed += gone
        guard let next else { return completion(.success(.done(removed))) }
        reset(event, by: author, passing: next, removed, completion)
      case .failure(let error): completion(.failure(error))
      }
    }
  }

  /// Calls a person, whatever the limits.
  package func admit(
    _ user: UserID, to event: EventID, by author: Author,
    _ completion: @escaping (Result<AdmitOutcome, RedisError>) -> Void
  ) {
    caller.call(scripts.admit, event, { AdmitScript.arguments($0, $1, user, by: author) }) {
      (result: Result<AdmitScript.Outcome, RedisError>) in
      completion(
        result.map { outcome in
          switch outcome {
          case .called(let position, let left, let isNew):
            .called(position: position, seconds: Int(left / 1000), isNew: isNew)
          case .inside: .inside
          case .unknown: .unknown
          }
        })
    }
  }

  /// Removes a person, from the line and from inside.
  ///
  /// - Parameter duration: For how long the person is kept out; zero for not at all.
  package func remove(
    _ user: UserID, from event: EventID, keepingOutFor duration: Duration, by author: Author,
    _ completion: @escaping (Result<RemoveOutcome, RedisError>) -> Void
  ) {
    caller.call(
      scripts.remove, event,
      { RemoveScript.arguments($0, $1, user, keepingOutFor: duration, by: author) }
    ) { [self] (result: Result<RemoveScript.Outcome, RedisError>) in
      completion(
        result.map { outcome in
          switch outcome {
          case .removed(let was, let until):
            if was == .inside { sessionsRemoved?(1) }
            return .removed(was, until: until > 0 ? until : nil)
          case .unknown: return .unknown
          }
        })
    }
  }

  // MARK: Telling

  /// Tells what is known of one person.
  package func person(
    _ user: UserID, at event: EventID,
    _ completion: @escaping (Result<Person, RedisError>) -> Void
  ) {
    caller.call(scripts.find, event, { FindScript.person($0, $1, user) }) {
      (result: Result<FindScript.People, RedisError>) in
      completion(
        result.flatMap { found in
          found.people.first.map(Result.success) ?? .failure(.unexpectedReply("find"))
        })
    }
  }

  /// Tells of those at the head of the line, behind so many whom it passes over.
  package func head(
    of event: EventID, passing: Int, limit: Int,
    _ completion: @escaping (Result<[Person], RedisError>) -> Void
  ) {
    caller.call(scripts.find, event, { FindScript.head($0, $1, passing: passing, limit: limit) }) {
      (result: Result<FindScript.People, RedisError>) in completion(result.map(\.people))
    }
  }

  /// What the trail has of one person, back to when they got that ticket or to its first entry, as far as
  /// one request goes.
  package func history(
    of user: UserID, at event: EventID, since ticket: Int64?,
    _ completion: @escaping (Result<Trail, RedisError>) -> Void
  ) {
    look(for: .person(user), at: event, from: nil, limit: .max, until: ticket, completion)
  }

  /// What operators did, the latest first: at most `limit` entries.
  ///
  /// - Parameter start: Where the last answer said to go on; nil for the latest.
  package func audit(
    of event: EventID, from start: String?, limit: Int,
    _ completion: @escaping (Result<Trail, RedisError>) -> Void
  ) {
    look(for: .operators, at: event, from: start, limit: limit, until: nil, completion)
  }

  private func look(
    for subject: HistoryScript.Subject, at event: EventID, from start: String?, limit: Int,
    until ticket: Int64?, found: [TrailEntry] = [], steps: Int = 1,
    _ completion: @escaping (Result<Trail, RedisError>) -> Void
  ) {
    redis.call(
      scripts.history, keys: [EventKeys(event, in: settings.keys).audit],
      arguments: HistoryScript.arguments(subject, from: start, looking: Self.step)
    ) { [self] (result: Result<HistoryScript.Reply, RedisError>) in
      switch result {
      case .failure(let error): completion(.failure(error))
      case .success(let reply):
        let all = found + reply.entries
        if all.count > limit {
          return completion(
            .success(Trail(entries: Array(all.prefix(limit)), next: all[limit].id)))
        }
        let isThrough = reply.next.map { TrailEntry(id: $0, fields: [:]).time * 1000 < ticket ?? 0 }
        guard let next = reply.next, isThrough == false else {
          return completion(.success(Trail(entries: all, next: nil)))
        }
        guard steps < Self.stepLimit else {
          return completion(.success(Trail(entries: all, next: next)))
        }
        look(
          for: subject, at: event, from: next, limit: limit, until: ticket, found: all,
          steps: steps + 1, completion)
      }
    }
  }
}

@available(*, unavailable, message: "a Steering belongs to its loop's thread")
extension Steering: Sendable {}
