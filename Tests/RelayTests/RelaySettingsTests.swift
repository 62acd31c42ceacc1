import Testing

@testable import Configuration

@Suite("Settings of usher-relay")
struct RelaySettingsTests {
  private func settings(
    _ flags: [String], _ environment: [String: String] = [:]
  ) throws -> RelaySettings {
    let invocation = try RelayInvocation(arguments: ["serve"] + flags, environment: environment)
    guard case .serve(let settings) = invocation else { throw Unexpected() }
    return settings
  }

  private struct Unexpected: Error {}

  @Test("without more than where from and where to, sales go to PostgreSQL, a thousand at a time")
  func defaults() throws {
    let found = try settings(["--redis-url", "redis://h", "--to", "postgresql://db/shop"])
    #expect("\(found.adminListen)" == "0.0.0.0:9091")
    #expect(found.sales && !found.people)
    #expect(found.batch == 1000 && found.poolMax == 4)
    #expect(found.sinkName == "postgresql" && found.sinkURL == "postgresql://db/shop")
    #expect(found.keys == .plain)
    let other = try settings(["--redis-url", "redis://h", "--to", "postgresql://db/shop"])
    #expect(found.name != other.name, "two relays of one host would share their leases")
  }

  @Test("the environment says the same as the flags")
  func environment() throws {
    let found = try settings(
      [],
      ["USHER_REDIS_URL": "redis://h", "USHER_TO": "postgres://u:p@db/shop", "USHER_PEOPLE": "on"])
    #expect(found.people && found.sinkURL == "postgres://u:p@db/shop")
  }

  @Test("no password of a sink is shown")
  func hidden() throws {
    for text in [
      "postgresql://u:secret@db/shop", "postgresql://db/shop?user=u&password=secret",
      "postgres://u:se@secret@db/shop",
    ] {
      let url = try #require(SinkURL(text))
      #expect(!url.shown.contains("secret"))
      #expect(url.shown.contains("db/shop"))
    }
    #expect(SinkURL("kafka://h") == nil && SinkURL("") == nil)
  }

  @Test("dead letters need no Redis")
  func deadLetters() throws {
    let list = try RelayInvocation(
      arguments: ["dead-letters", "list", "--to", "postgresql://db/shop"], environment: [:])
    guard case .listDeadLetters(let url) = list else { throw Unexpected() }
    #expect(url.text == "postgresql://db/shop")
  }
}
