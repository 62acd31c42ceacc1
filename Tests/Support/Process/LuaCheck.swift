/// luacheck, which looks for mistakes in Lua; Debian's package lua-check has it.
package enum LuaCheck {
  /// What it finds wrong in a script that is composed as Redis gets it, a line each; empty if nothing.
  package static func problems(in source: [UInt8]) throws -> String {
    let check = try Command.run(
      "luacheck",
      ["--config", Repository.path(of: "deploy/checks/luacheck.lua"), "--formatter", "plain", "-"],
      input: source)
    return check.output + check.errors
  }
}
