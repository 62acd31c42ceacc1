import Foundation
import Locking
import Queue
import Synchronization
import TestSupport

/// People of all kinds at many events, each kind as often as the next minute: they join, poll, try to
/// enter, leave and join again, and a client that gets no answer asks again.
///
/// Each ``ClientLoad/work(_:)`` is one thread with one connection and people at two events; each event has
/// people of two threads.
final class ClientLoad: Sendable {
  static let threads = 20
  /// A token is signed with it, so that the judge can read the tickets.
  static let secret = "the secret of the load"

  private let usher: UsherProcess
  private let events: [String]
  private let pause: Duration
  private let clock = ContinuousClock.now
  private let isOver = Atomic(false)
  private let exchanges = Lock<[History.Exchange]>([])

  /// - Parameter pause: From one exchange of a thread to its next.
  init(_ usher: UsherProcess, events: [String], pause: Duration) {
    self.usher = usher
    self.events = events
    self.pause = pause
  }

  /// Seconds since the beginning.
  var now: Double { Double((ContinuousClock.now - clock).nanoseconds) / 1e9 }

  /// Has all threads end soon.
  func end() { isOver.store(true, ordering: .relaxed) }

  var hasEnded: Bool { isOver.load(ordering: .relaxed) }

  /// What was written down so far.
  var history: History { History(exchanges: exchanges.withLock { $0 }) }

  /// One thread's part: one exchange after the other, until the load ends.
  func work(_ number: Int) throws {
    let client = LoadClient(
      self, number, events: [events[number], events[(number + 10) % events.count]])
    var next = ContinuousClock.now
    while !hasEnded {
      client.step()
      next = max(next + pause, .now)
      usleep(UInt32(max(0, (next - .now).nanoseconds / 1000)))
    }
    client.settle()
    let written = client.exchanges
    exchanges.withLock { $0 += written }
  }

  fileprivate func gateway() -> Gateway { Gateway(usher) }
}

/// One thread of a load.
private final class LoadClient {
  private struct Person {
    let event: String
    let user: String
    /// Nil until a join was answered.
    var token: String?
    /// What they asked and got no answer to: they ask the same again.
    var unanswered: History.Operation?
  }

  /// Of twenty exchanges, as many of each kind.
  private static let cycle: [History.Operation] = [
    .status, .join, .status, .enter, .status, .status, .join, .status, .enter, .status, .status,
    .enter, .status, .join, .status, .leave, .status, .enter, .status, .status,
  ]

  private(set) var exchanges: [History.Exchange] = []
  private let load: ClientLoad
  private let number: Int
  private let gateway: Gateway
  private let signer: TokenSigner?
  /// Per event, those who wait, the first first.
  private var people: [[Person]]
  private let events: [String]
  private var steps = 0
  private var born = 0

  init(_ load: ClientLoad, _ number: Int, events: [String]) {
    self.load = load
    self.number = number
    self.events = events
    gateway = load.gateway()
    people = events.map { _ in [] }
    signer = (try? TokenSecret(bytes: Array(ClientLoad.secret.utf8))).map {
      TokenSigner(current: $0)
    }
    // Not all do the same at the same time.
    steps = number * 7
  }

  /// Sends the next request of the cycle.
  func step() {
    let place = steps % people.count
    let turn = steps / people.count
    steps += 1
    let operation = Self.cycle[turn % Self.cycle.count]
    let isCrowded = people[place].count > 20
    if people[place].isEmpty || operation == .join && !isCrowded {
      // Every fifth is one who has a place already, and forgot.
      let isRepeat = turn % 5 == 0 && people[place].contains { $0.token != nil }
      if !isRepeat { people[place].append(newcomer(at: place)) }
      return ask(.join, place, isRepeat ? turn % people[place].count : people[place].count - 1)
    }
    switch operation {
    case .enter: ask(.enter, place, 0)
    case .leave: ask(.leave, place, people[place].count / 2)
    case .join, .status: ask(.status, place, turn % people[place].count)
    }
  }

  /// Polls for each person who still waits until the poll is answered, as people do.
  func settle() {
    let deadline = ContinuousClock.now + .seconds(10)
    for place in people.indices {
      for index in people[place].indices.reversed() {
        let before = people[place].count
        repeat {
          ask(.status, place, index)
        } while people[place].count == before && exchanges.last?.isAnswered == false
          && ContinuousClock.now < deadline
      }
    }
  }

  private func newcomer(at place: Int) -> Person {
    born += 1
    return Person(event: events[place], user: "\(number)-\(born)")
  }

  private func ask(_ wanted: History.Operation, _ place: Int, _ index: Int) {
    var person = people[place][index]
    let operation = person.token == nil ? .join : person.unanswered ?? wanted
    let exchange = exchange(operation, person)
    exchanges.append(exchange.record)
    if !exchange.record.isAnswered {
      // A poll is not owed.
      person.unanswered = operation == .status ? person.unanswered : operation
    } else {
      person.unanswered = nil
      person.token = person.token ?? exchange.token
    }
    people[place][index] = person
    let hasGone =
      exchange.record.grant != nil || operation == .leave && exchange.record.status == 200
      || exchange.record.status == 404
    if hasGone { people[place].remove(at: index) }
  }

  private func exchange(
    _ operation: History.Operation, _ person: Person
  ) -> (record: History.Exchange, token: String?) {
    let sent = load.now
    do {
      let token = person.token ?? ""
      let answer =
        switch operation {
        case .join: try gateway.join(person.event, as: person.user)
        case .status: try gateway.status(of: token)
        case .enter: try gateway.enter(with: token)
        case .leave: try gateway.leave(with: token)
        }
      return record(answer, of: operation, person, sent: sent)
    } catch {
      return (
        History.Exchange(
          event: person.event, user: person.user, operation: operation, sent: sent,
          received: load.now, status: 0, code: "\(error)"), nil
      )
    }
  }

  private func record(
    _ answer: HTTPResponse, of operation: History.Operation, _ person: Person, sent: Double
  ) -> (record: History.Exchange, token: String?) {
    var record = History.Exchange(
      event: person.event, user: person.user, operation: operation, sent: sent,
      received: load.now, status: answer.status, code: answer.errorCode)
    let members = (try? answer.members()) ?? [:]
    var token: String?
    if case .string(let text)? = members["waiting_token"] { token = text }
    if case .integer(let position)? = members["position"], operation == .status {
      record.position = position
    }
    if case .string(let grant)? = members["reservation_token"] { record.grant = grant }
    record.ticket = token.flatMap { signer?.waitingToken($0)?.ticket.microseconds }
    record.saysWhenToRetry = answer.header("Retry-After").flatMap { Int($0) } ?? 0 > 0
    record.showsRedirect =
      (300..<400).contains(answer.status)
      || ["MOVED", "ASK ", "TRYAGAIN", "CLUSTERDOWN"].contains { answer.text.contains($0) }
    return (record, token)
  }
}

extension Duration {
  /// Rounded down.
  var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
