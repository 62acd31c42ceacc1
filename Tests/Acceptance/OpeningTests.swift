import Foundation
import TestSupport
import Testing

extension WholeProgram {
  @Suite("a sale that opens on time")
  struct OpeningTests {
    /// RFC 3339, so many seconds from now, in an offset other than UTC.
    private func moment(in seconds: Double) -> String {
      let format = ISO8601DateFormatter()
      format.timeZone = TimeZone(secondsFromGMT: 9 * 3600)
      format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
      return format.string(from: Date(timeIntervalSinceNow: seconds))
    }

    @Test(
      "no person joins before the prequeue, none is called before it opens, and then the first are",
      arguments: RedisKind.all)
    func opening(_ kind: RedisKind) throws {
      let fixture = try UsherFixture.operated(
        redis: kind, flags: ["--admission-burst", "2", "--admission-rate", "0.001"])
      let gateway = fixture.gateway()
      try fixture.set("show", #"{"prequeue_at":"\#(moment(in: 3600))"}"#)
      let early = try gateway.join("show", as: "A")
      #expect(early.errorCode == "QUEUE_NOT_OPEN")
      #expect((3590...3600).contains(Int(early.header("Retry-After") ?? "") ?? 0))
      let opensAt = moment(in: 6)
      let set = try fixture.set("show", #"{"prequeue_at":null,"opens_at":"\#(opensAt)"}"#)
      #expect(try set.object("live")["state"] == .string("upcoming"))
      let tokens = try ["A", "B", "C"].map { try gateway.token(joining: "show", as: $0) }
      let told = try set.object("settings")["opens_at"]
      let milliseconds = opensAt.dropFirst(19).prefix(4) + "Z"
      try eventually("the change is told") {
        let waiting = try gateway.status(of: tokens[0])
        #expect(try waiting.text("event_state") == "upcoming")
        #expect(try waiting.flag("ready_for_entry") == false)
        let text = try waiting.text("opens_at")
        return told == .string(text) && text.dropFirst(19) == milliseconds
      }
      #expect(try gateway.enter(with: tokens[0]).errorCode == "NOT_READY")
      try eventually("the first are called") {
        try gateway.status(of: tokens[1]).flag("ready_for_entry")
      }
      let open = try gateway.status(of: tokens[0])
      #expect(try open.text("event_state") == "open")
      #expect(try open.members()["opens_at"] == nil)
      #expect(try gateway.enter(with: tokens[0]).status == 200)
      #expect(try gateway.enter(with: tokens[2]).errorCode == "NOT_READY")
      try fixture.set("show", #"{"closes_at":"\#(moment(in: 0))"}"#)
      #expect(try gateway.join("show", as: "D").errorCode == "QUEUE_CLOSED")
      #expect(try gateway.enter(with: tokens[1]).status == 200)
      try eventually("it is told to be over") {
        try gateway.status(of: tokens[2]).text("event_state") == "closed"
      }
    }
  }
}
