import Queue
import Redis

@testable import Seats

// Keys without a prefix, as most tests use them.

extension SaleKeys {
  /// Those of an event.
  init(_ event: EventID) { self.init(event, in: .plain) }

  /// The registry.
  static var events: Key { events(in: .plain) }
}
