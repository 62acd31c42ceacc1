import Redis

/// What is left for sale at an event: all that the queue knows of what people queue for.
///
/// Sellers write these keys (the target Seats does); the queue reads them in `for_sale.lua`. An event
/// that has none of them sells nothing that limits its line.
package struct ForSaleKeys: Sendable {
  /// STRING: how many seats are available.
  package let inventory: Key
  /// ZSET seat → when its hold ends, µs: seats that may come back.
  package let holds: Key
  /// ZSET user → when admitted, µs: those admitted who have got something. The queue removes a person
  /// who is admitted once more.
  package let served: Key
  /// ZSET item → how many are left.
  package let stockLeft: Key

  /// All four, in the order that `for_sale.lua` names.
  let all: [Key]

  /// The keys of `event` in `space`.
  package init(_ event: EventID, in space: KeySpace) {
    inventory = space.key("inventory", of: event)
    holds = space.key("seat:holds", of: event)
    served = space.key("seat:served", of: event)
    stockLeft = space.key("stock:left", of: event)
    all = [inventory, holds, served, stockLeft]
  }
}
