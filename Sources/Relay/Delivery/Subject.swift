import Queue
import Redis
import Seats

/// What is delivered: which of an event's streams.
package enum Subject: String, CaseIterable, Sendable {
  /// Every sale: `stream:stock:{E}`.
  case sales
  /// Every change of a person's state: `stream:event:{E}`.
  case people

  /// The stream of an event.
  func stream(of event: EventID, in keys: KeySpace) -> Key {
    switch self {
    case .sales: SaleKeys(event, in: keys).stockStream
    case .people: EventKeys(event, in: keys).audit
    }
  }

  /// The registry of the events that may have such a stream.
  func events(in keys: KeySpace) -> Key {
    switch self {
    case .sales: SaleKeys.events(in: keys)
    case .people: EventKeys.events(in: keys)
    }
  }

  /// Whether entries that every sink has may be taken out of the stream. The queue finds losses by the
  /// trail of its people, and trims that itself.
  var isTrimmed: Bool { self == .sales }
}

/// One stream of one event.
package struct Course: Hashable, Sendable {
  package let subject: Subject
  package let event: EventID

  /// The stream of `event` that is about `subject`.
  package init(_ subject: Subject, of event: EventID) {
    self.subject = subject
    self.event = event
  }
}
