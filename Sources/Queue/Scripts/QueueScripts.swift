import Redis

/// The Lua scripts of the queue: each is `common.lua`, `for_sale.lua`, `operator.lua`, `event.lua`,
/// `calls.lua`, `loss.lua`, `people.lua` and its own file; `promise.lua`, `return.lua` or
/// `inside.lua` stand before that in some. That of the secrets, which belong to no event, and that which
/// only reads a trail are their own files alone.
package struct QueueScripts: Sendable {
  let join: Script
  let resume: Script
  let enter: Script
  let session: Script
  let leave: Script
  let pulse: Script
  let park: Script
  let settings: Script
  let find: Script
  let admit: Script
  let remove: Script
  let reset: Script
  let history: Script
  /// Writes down the token secrets.
  package let secrets: Script

  /// The scripts as they are embedded in the binary.
  package init() {
    self.init { $0 }
  }

  /// The scripts with their text changed: tests put a clock of their own in place of Redis' `TIME`.
  init(rewriting rewrite: (String) -> String) {
    let event = [
      PackageResources.for_sale_lua, PackageResources.operator_lua, PackageResources.event_lua,
      PackageResources.calls_lua, PackageResources.loss_lua, PackageResources.people_lua,
    ]
    func script(_ name: String, _ own: [UInt8]) -> Script {
      .composed(name, of: event + [own], rewriting: rewrite)
    }
    join = script("join", PackageResources.promise_lua + PackageResources.join_lua)
    let comeBack = PackageResources.return_lua
    resume = script("resume", comeBack + PackageResources.resume_lua)
    enter = script("enter", comeBack + PackageResources.enter_lua)
    leave = script("leave", PackageResources.leave_lua)
    let inside = PackageResources.inside_lua
    session = script("session", inside + PackageResources.session_lua)
    pulse = script("pulse", inside + PackageResources.pulse_lua)
    park = script("park", PackageResources.park_lua)
    settings = script("settings", PackageResources.settings_lua)
    find = script("find", PackageResources.find_lua)
    admit = script("admit", PackageResources.admit_lua)
    remove = script("remove", inside + PackageResources.remove_lua)
    reset = script("reset", inside + PackageResources.reset_lua)
    history = Script(name: "history", source: PackageResources.history_lua)
    secrets = Script(name: "secrets", source: PackageResources.secrets_lua)
  }

  /// Every script, to list their names.
  package var all: [Script] {
    [
      join, resume, enter, session, leave, pulse, park, settings, find, admit, remove, reset,
      history, secrets,
    ]
  }
}
