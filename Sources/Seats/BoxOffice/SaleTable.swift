import Loop
import Queue

/// The sales of one front.
typealias SaleTable = RecentEvents<Sale>

extension SaleTable {
  /// The sale of an event, made if this front has not seen it lately.
  mutating func sale(of event: EventID, in space: KeySpace, at now: Instant) -> Sale {
    entry(of: event, at: now) { Sale(SaleKeys(event, in: space), now: now) }
  }

  /// Lets go of pages that are too old to be told: a client that invents pages must not fill the
  /// memory, either.
  func forgetPages(at now: Instant) {
    for sale in entries { sale.forgetPages(at: now) }
  }
}
