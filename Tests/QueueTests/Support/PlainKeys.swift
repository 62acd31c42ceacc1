import Loop
import Redis

@testable import Queue

// Keys without a prefix, as most tests use them.

extension EventKeys {
  /// Those of an event.
  init(_ event: EventID) { self.init(event, in: .plain) }

  /// The epoch of a number's store.
  static func epoch(_ number: Int) -> Key { epoch(number, in: .plain) }

  /// The token secrets.
  static var secrets: Key { secrets(in: .plain) }

  /// The registry.
  static var events: Key { events(in: .plain) }
}

extension ForSaleKeys {
  /// Those of an event.
  init(_ event: EventID) { self.init(event, in: .plain) }
}

extension LineTable {
  /// The line of an event.
  mutating func line(of event: EventID, at now: Instant, knowing store: StoreKnowledge) -> Line {
    line(of: event, in: .plain, at: now, knowing: store)
  }
}
