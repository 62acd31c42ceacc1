import Queue
import Testing

@testable import API

@Suite("SettingsBody")
struct SettingsBodyTests {
  private func patch(_ json: String) -> Result<SettingsPatch, APIError> {
    SettingsBody.patch(json: Array(json.utf8)).mapError { APIError.settings($0) }
  }

  @Test(
    "a setting is what flags take, in the types of JSON",
    arguments: [
      (#"{"rate":50}"#, .rate, "50"), (#"{"rate":0.2}"#, .rate, "0.2"),
      (#"{"rate":0}"#, .rate, "0"),
      (#"{"rate":5e1}"#, .rate, "50"), (#"{"rate":-0}"#, .rate, "0"),
      (#"{"rate":1e-3}"#, .rate, "0.001"), (#"{"burst":200}"#, .burst, "200"),
      (#"{"burst":1000000.0}"#, .burst, "1000000"), (#"{"state":"paused"}"#, .state, "paused"),
      (#"{"admit_within_inventory":true}"#, .admitWithinInventory, "yes"),
      (#"{"admit_within_inventory":false}"#, .admitWithinInventory, "no"),
      (#"{"queue_limit":0}"#, .queueLimit, "0"),
      (#"{"sold_out_join":"refuse"}"#, .soldOutJoin, "refuse"),
      (#"{"rate":null}"#, .rate, nil),
      (#"{"opens_at":"2026-12-01T10:00:00+09:00"}"#, .opensAt, "1796086800000"),
      (#"{"prequeue_at":"2026-12-01T01:00:00.5Z"}"#, .prequeueAt, "1796086800500"),
      (#"{"closes_at":null}"#, .closesAt, nil),
    ] as [(String, EventSettings.Field, String?)])
  func good(json: String, field: EventSettings.Field, text: String?) throws {
    #expect(try patch(json).get() == SettingsPatch([field: text]))
  }

  @Test(
    "one that is not allowed is refused by name, with what is",
    arguments: [
      (#"{"rate":"50"}"#, "rate"), (#"{"rate":-1}"#, "rate"), (#"{"rate":1e-9}"#, "rate"),
      (#"{"rate":1e300}"#, "rate"), (#"{"rate":1e999}"#, "rate"), (#"{"rate":true}"#, "rate"),
      (#"{"rate":[1]}"#, "rate"), (#"{"burst":0}"#, "burst"), (#"{"burst":0.5}"#, "burst"),
      (#"{"state":"pause"}"#, "state"), (#"{"state":1}"#, "state"), (#"{"state":{}}"#, "state"),
      (#"{"admit_within_inventory":"yes"}"#, "admit_within_inventory"),
      (#"{"queue_limit":1.5}"#, "queue_limit"), (#"{"queue_limit":-1}"#, "queue_limit"),
      (#"{"sold_out_join":"no"}"#, "sold_out_join"), (#"{"active_limit":-1}"#, "active_limit"),
      (#"{"active_limit":"50"}"#, "active_limit"), (#"{"active_limit":0.5}"#, "active_limit"),
      (#"{"ready_ttl":60}"#, "ready_ttl"), (#"{"ready_ttl":"60"}"#, "ready_ttl"),
      (#"{"ready_ttl":"2h"}"#, "ready_ttl"), (#"{"session_ttl":"0s"}"#, "session_ttl"),
      (#"{"opens_at":1796086800000}"#, "opens_at"), (#"{"opens_at":"1796086800000"}"#, "opens_at"),
      (#"{"prequeue_at":"2026-12-01T10:00:00"}"#, "prequeue_at"),
      (#"{"closes_at":"1999-12-01T10:00:00Z"}"#, "closes_at"),
      (#"{"closes_at":"2500-01-01T00:00:00Z"}"#, "closes_at"),
    ])
  func bad(json: String, field: String) throws {
    guard case .failure(let error) = patch(json) else { return #expect(Bool(false)) }
    #expect(error.status == 400)
    #expect(error.code == "INVALID_SETTING")
    let allowed = try #require(EventSettings.Field(rawValue: field)).allowedInJSON
    #expect(error.message.hasPrefix("\(field) takes \(allowed)"))
  }

  @Test(
    "what is no setting, or not yet, is refused by name, with those that are",
    arguments: [
      "opens-at", "draw_at", "active-limit", "ready", "order", "notice", "Rate", "\u{212A}", "",
    ])
  func unknown(name: String) {
    guard case .failure(let error) = patch("{\"rate\":5,\"\(name)\":1}") else {
      return #expect(Bool(false))
    }
    #expect(error.code == "INVALID_SETTING")
    #expect(error.message.hasPrefix("\(name) is no setting"))
    for field in EventSettings.Field.allCases { #expect(error.message.contains(field.rawValue)) }
  }

  @Test(
    "what is no object, or names a setting twice, is refused",
    arguments: [
      "", "[]", "5", "null", "{", #"{"rate":5,"rate":6}"#, #"{"rate":5,}"#, #"{"rate":05}"#,
    ])
  func noObject(json: String) {
    guard case .failure(let error) = patch(json) else { return #expect(Bool(false)) }
    #expect(error.code == "INVALID_REQUEST")
  }

  @Test("an empty object changes nothing")
  func empty() throws {
    #expect(try patch("{}").get() == SettingsPatch())
  }

  @Test(
    "If-Match names the versions that may be replaced; a weak tag never does",
    arguments: [
      (nil, .none), ("*", .exists), ("\"5\"", .version([5])), ("\"0\"", .version([0])),
      ("\"5\", \"7\"", .version([5, 7])), ("W/\"5\"", .version([])), ("5", .version([])),
      ("\"x\"", .version([])), ("", .version([])), ("\"5\",W/\"6\"", .version([5])),
    ] as [(String?, SettingsCondition)])
  func conditions(field: String?, condition: SettingsCondition) {
    #expect(EntityTag.condition(field) == condition)
  }
}
