import Queue
import Redis

/// The Lua scripts of a relay: each is `common.lua` and its own file.
enum RelayScripts {
  static let lease = Script.composed("lease", of: [PackageResources.lease_lua]) { $0 }

  /// Every script, to list their names.
  static var all: [Script] { [lease] }
}
