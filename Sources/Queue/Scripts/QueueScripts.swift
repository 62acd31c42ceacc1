import Redis

/// The Lua scripts of the queue: each is `event.lua` followed by its own file.
package struct QueueScripts: Sendable {
  let join: Script
  let resume: Script
  let enter: Script
  let leave: Script
  let pulse: Script
  let park: Script

  /// The scripts as they are embedded in the binary.
  package init() {
    self.init { $0 }
  }

  /// The scripts with their text changed: tests put a clock of their own in place of Redis' `TIME`.
  init(rewriting rewrite: (String) -> String) {
    let shared = String(decoding: PackageResources.event_lua, as: UTF8.self)
    func script(_ name: String, _ source: [UInt8]) -> Script {
      let text = rewrite(shared + "\n" + String(decoding: source, as: UTF8.self))
      return Script(name: name, source: Array(text.utf8))
    }
    join = script("join", PackageResources.join_lua)
    resume = script("resume", PackageResources.resume_lua)
    enter = script("enter", PackageResources.enter_lua)
    leave = script("leave", PackageResources.leave_lua)
    pulse = script("pulse", PackageResources.pulse_lua)
    park = script("park", PackageResources.park_lua)
  }

  /// Every script, for whoever lists their names.
  package var all: [Script] { [join, resume, enter, leave, pulse, park] }
}

/// The arguments with which every script of an event begins; see `event.lua`.
struct ScriptPreamble {
  let ticketTTL: Argument
  let eventTTL: Argument
  let rebuildWindow: Argument
  let rate: Argument
  let burst: Argument
  let grantTTL: Argument

  init(_ settings: QueueSettings) {
    ticketTTL = .integer(settings.ticketTTL.microseconds)
    eventTTL = .integer(settings.eventTTL.components.seconds)
    rebuildWindow = .integer(settings.rebuildWindow.microseconds)
    rate = .text("\(settings.admissionRate)")
    burst = .text("\(settings.admissionBurst)")
    grantTTL = .integer(settings.grantTTL.microseconds)
  }

  func arguments(knownCreated: Int64, _ own: Argument...) -> [Argument] {
    [.integer(knownCreated), ticketTTL, eventTTL, rebuildWindow, rate, burst, grantTTL] + own
  }
}

extension Duration {
  /// Whole microseconds.
  package var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }
}
