import Queue
import Redis

/// The Lua scripts of seats and stock: each is `common.lua`, `seats.lua` or `stock.lua`,
/// `delivery.lua` where it sells or is about what was sold, and its own file.
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
    func script(_ name: String, _ files: [UInt8]...) -> Script {
      .composed(name, of: files, rewriting: rewrite)
    }
    let seats = PackageResources.seats_lua
    hold = script("hold", seats, PackageResources.hold_lua)
    release = script("release", seats, PackageResources.release_lua)
    let delivery = PackageResources.delivery_lua
    confirm = script("confirm", seats, delivery, PackageResources.confirm_lua)
    map = script("map", seats, PackageResources.map_lua)
    furnish = script("furnish", seats, PackageResources.furnish_lua)
    retire = script("retire", seats, PackageResources.retire_lua)
    sweep = script("sweep", seats, PackageResources.sweep_lua)
    let stock = PackageResources.stock_lua
    take = script("take", stock, delivery, PackageResources.take_lua)
    supply = script("supply", stock, delivery, PackageResources.supply_lua)
  }

  /// Every script, to list their names.
  package var all: [Script] {
    [hold, release, confirm, map, furnish, retire, sweep, take, supply]
  }
}
