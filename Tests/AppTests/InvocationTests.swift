import Testing

@testable import App
@testable import Configuration

@Suite("Invocation")
struct InvocationTests {
  private func said(_ arguments: String..., environment: [String: String] = [:]) throws -> String? {
    let invocation = try Invocation(arguments: arguments, environment: environment, cpus: 1)
    guard case .say(let text) = invocation else { return nil }
    return text
  }

  @Test("serve comes with its settings")
  func serve() throws {
    let invocation = try Invocation(
      arguments: ["serve", "--fronts", "4"], environment: ["USHER_RATE_LIMIT": "9"], cpus: 1)
    guard case .serve(let parsed) = invocation else { return #expect(Bool(false)) }
    #expect(parsed.settings.fronts == 4)
    #expect(parsed.settings.rateLimit == 9)
  }

  @Test("check says every setting and where it comes from")
  func check() throws {
    let text = try #require(try said("check", "--fronts", "4"))
    let lines = text.split(separator: "\n")
    #expect(lines.count == ParsedSettings.table.count)
    #expect(lines.contains { $0.hasPrefix("fronts ") && $0.hasSuffix(" 4               --fronts") })
  }

  @Test("help is given to an operator who asks, before anything is checked")
  func help() throws {
    for word in ["help", "--help", "-h"] {
      #expect(try said(word)?.contains("usher serve --help") == true)
    }
    let flags = try #require(try said("serve", "--nonsense", "--help"))
    #expect(flags == (try said("check", "-h")))
    for row in ParsedSettings.table {
      #expect(flags.contains("--\(row.flag) "))
      #expect(flags.contains("  \(row.variable)"))
    }
  }

  @Test("the version is one line")
  func version() throws {
    #expect(try said("--version") == "usher \(Version.current)")
    #expect(try said("version") == "usher \(Version.current)")
  }

  @Test("no command, an unknown one and bad settings are refused")
  func refused() {
    #expect(throws: SettingsError("no command is given; it takes serve, check or --help")) {
      try said()
    }
    #expect(throws: SettingsError("\"srve\" is no command; it takes serve, check or --help")) {
      try said("srve")
    }
    #expect(throws: SettingsError.self) { try said("serve", "--fronts=0") }
    #expect(throws: SettingsError.self) { try said("check", "--fronts=0") }
  }
}
