import Queue
import Redis

/// The Lua scripts of seats and stock: each is `seats.lua` or `stock.lua` followed by its own file.
package struct SeatScripts: Sendable {
  let hold: Script
  let release: Script
  let confirm: Script
  let map: Script
  let furnish: Script
  let retire: Script
  let sweep: Script
  let take: Script
  let supply: Script

  /// The scripts as they are embedded in the binary.
  package init() {
    self.init { $0 }
  }

  /// The scripts with their text changed: tests put a clock of their own in place of Redis' `TIME`.
  init(rewriting rewrite: (String) -> String) {
    func script(_ name: String, _ shared: [UInt8], _ source: [UInt8]) -> Script {
      let text = String(decoding: shared + Array("\n".utf8) + source, as: UTF8.self)
      return Script(name: name, source: Array(rewrite(text).utf8))
    }
    let seats = PackageResources.seats_lua
    hold = script("hold", seats, PackageResources.hold_lua)
    release = script("release", seats, PackageResources.release_lua)
    confirm = script("confirm", seats, PackageResources.confirm_lua)
    map = script("map", seats, PackageResources.map_lua)
    furnish = script("furnish", seats, PackageResources.furnish_lua)
    retire = script("retire", seats, PackageResources.retire_lua)
    sweep = script("sweep", seats, PackageResources.sweep_lua)
    let stock = PackageResources.stock_lua
    take = script("take", stock, PackageResources.take_lua)
    supply = script("supply", stock, PackageResources.supply_lua)
  }

  /// Every script, for whoever lists their names.
  package var all: [Script] {
    [hold, release, confirm, map, furnish, retire, sweep, take, supply]
  }
}

/// One event's keys as the scripts are given them, made once and kept.
struct SaleKeys: Sendable {
  let event: EventID
  /// In the order that `seats.lua` names.
  let seats: [Key]
  /// The same, and the stock: what `sweep.lua` is given.
  let sweep: [Key]
  /// In the order that `stock.lua` names.
  let stock: [Key]

  init(_ event: EventID) {
    self.event = event
    let keys = EventKeys(event)
    seats = [
      keys.seatStatus, keys.seatHolds, keys.inventory, keys.seatSold, keys.seatOrder,
      keys.seatPeople, keys.served, keys.seatState,
    ]
    sweep = seats + [keys.stockLeft]
    stock = [keys.stockTotal, keys.stockLeft, keys.stockTaken, keys.stockStream, keys.served]
  }
}
