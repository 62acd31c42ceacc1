import Queue
import Redis

/// The keys of what one event sells, made once and kept. Four of them the queue reads, too:
/// ``Queue/ForSaleKeys``.
package struct SaleKeys: Sendable {
  /// The event that these keys belong to.
  package let event: EventID
  /// Those that the queue reads.
  let forSale: ForSaleKeys
  /// HASH seat → who holds it or has bought it, if anyone.
  let status: Key
  /// ZSET seat → the hold by which it was bought.
  let sold: Key
  /// ZSET seat → its place in the list of seats.
  let order: Key
  /// HASH user → how many seats they hold or have bought.
  let people: Key
  /// HASH: the seats' clock, the map's version, and how far checks have come.
  let state: Key
  /// ZSET item → how many there are in all.
  let stockTotal: Key
  /// HASH item and user → which one the user took.
  let stockTaken: Key
  /// STREAM: every sale, a confirmed hold as well as a take, for the program that delivers it.
  package let stockStream: Key

  /// What scripts of seats are given, in the order that `seats.lua` names.
  let seats: [Key]
  /// The same, and the stock: what `sweep.lua` is given.
  let sweep: [Key]
  /// The seats, and what `delivery.lua` names: what `confirm.lua` is given.
  let confirm: [Key]
  /// What scripts of stock are given, in the order that `stock.lua` and `delivery.lua` name.
  let stock: [Key]

  /// ZSET event → last activity, ms: the events that have seats or stock.
  package static func events(in space: KeySpace) -> Key { space.key("seat:events") }

  /// The keys of `event` in `space`.
  package init(_ event: EventID, in space: KeySpace) {
    self.event = event
    forSale = ForSaleKeys(event, in: space)
    status = space.key("seat:status", of: event)
    sold = space.key("seat:sold", of: event)
    order = space.key("seat:order", of: event)
    people = space.key("seat:people", of: event)
    state = space.key("seat:state", of: event)
    stockTotal = space.key("stock:total", of: event)
    stockTaken = space.key("stock:taken", of: event)
    stockStream = space.key("stream:stock", of: event)
    seats = [
      status, forSale.holds, forSale.inventory, sold, order, people, forSale.served, state,
    ]
    sweep = seats + [forSale.stockLeft]
    let delivery = [stockStream, EventKeys(event, in: space).state]
    confirm = seats + delivery
    stock = [stockTotal, forSale.stockLeft, stockTaken, forSale.served] + delivery
  }

  /// Those that the queue does not read: what must live on while people wait in line.
  package var besideQueue: [Key] {
    [status, sold, order, people, state, stockTotal, stockTaken, stockStream]
  }
}
