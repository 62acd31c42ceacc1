import Testing

@testable import Queue

@Suite("An event's own settings")
struct EventSettingsTests {
  private let event: ScriptedEvent

  init() throws {
    event = try ScriptedEvent(QueueSettings(admissionRate: 2, admissionBurst: 3))
  }

  @Test("hold where they are set, from the next call on, and also for who only looks")
  func own() throws {
    try event.set("rate", "0.5")
    try event.set("burst", "1")
    let (a, b) = (try event.ticket(of: "a"), try event.ticket(of: "b"))
    #expect(try event.enter("a", a).isAdmitted)
    #expect(try event.denial("b", b)?.tokens == 0)
    try event.advance(.seconds(1))
    #expect(try event.pulse().tokens == 0.5)
    #expect(try event.pulse().rate == 0.5)
    #expect(try event.pulse().burst == 1)
    try event.set("rate", "1.25")
    // The one token is for b, who is called.
    #expect(try event.pulse().tokens == 0)
    #expect(try event.pulse().called == 1)
    #expect(try event.enter("b", b).isAdmitted)
    try event.advance(.seconds(1))
    #expect(try event.pulse().tokens == 1)
    try event.send("HDEL", event.keys.state.text, "rate", "burst")
    #expect(try event.pulse().rate == 2)
    #expect(try event.pulse().burst == 3)
  }

  @Test("a rate of 0 refills nothing")
  func noRefill() throws {
    try event.set("rate", "0")
    let tickets = try (0..<4).map { try event.ticket(of: "p\($0)") }
    for number in 0..<3 { #expect(try event.enter("p\(number)", tickets[number]).isAdmitted) }
    try event.advance(.seconds(3600))
    #expect(try event.denial("p3", tickets[3])?.tokens == 0)
  }

  /// Texts that make no sense, and such that do.
  private static let texts: [(EventSettings.Field, String)] =
    [
      "", "fast", "-1", "nan", "-nan", "inf", "1e300", "0x2", "10/s", "\0", "0,2", " 2", "2 ", "2.",
      ".5", "0", "0.0", "0.0009", "0.001", "0.5", "1", "1.5", "007", "1000000", "1000000.1",
      "100000000", "100000001", "99999999999999999999", "1.2.3", "+1", "é", "\n1",
      String(repeating: "0", count: 65),
    ].flatMap { text in [.rate, .burst, .queueLimit, .activeLimit].map { ($0, text) } }
    + [
      "60s", "10m", "1h", "2h", "24h", "25h", "999ms", "1000ms", "0s", "60", "s", "1.5s", "60S",
      "60 s",
      "-1s", "1d", "",
    ].flatMap { text in [.readyTTL, .sessionTTL].map { ($0, text) } }
    + [
      "1799999999000", "01799999999000", "1000000000000", "999999999999", "9000000000000",
      "9000000000001", "1799999999", "1799999999000000", "1799999999000.5", "1.799999999e12",
      "2026-12-01T10:00:00Z", "", "now",
    ].flatMap { text in EventSettings.Field.times.map { ($0, text) } }
    + ["open", "paused", "closed", "pause", "Open", "open ", "", "true", "yes", "no", "allow"]
    .flatMap { text in
      [.state, .admitWithinInventory, .soldOutJoin].map { ($0, text) }
    }

  @Test(
    "a text that makes no sense pauses the event; scripts and sidecars agree on which do",
    arguments: texts)
  func nonsense(field: EventSettings.Field, text: String) throws {
    try event.set("state", "open")
    let key = EventSettings.Field.byHand.contains(field) ? event.keys.state : event.keys.settings
    // There is enough for everybody.
    try event.send("SET", "inventory:{e}", "100")
    try event.send("HSET", key.text, field.rawValue, text)
    let isSensible = field.isSensible(text)
    let state = try event.pulse().state
    if !isSensible {
      #expect(state == .paused)
    } else if field == .state {
      #expect(state.rawValue == text)
    } else if EventSettings.Field.times.contains(field) {
      let isPast = try #require(Int64(text)) * 1000 <= event.now
      let isEnd = field == .closesAt
      #expect(state == (isPast ? isEnd ? .closed : .open : isEnd ? .open : .upcoming))
    } else {
      #expect(state == .open)
    }
    var watch = SettingsWatch()
    let actions = watch.found(try event.finding(), of: event.keys.event, at: event.now)
    #expect(actions.isEmpty == isSensible)
    #expect(watch.nonsense(of: event.keys.event) == (isSensible ? 0 : 1))
    guard state == .open || state == .paused else { return }
    let answer = try event.enter("a", event.ticket(of: "a"))
    #expect(answer.isAdmitted == (state == .open))
  }

  @Test("an event that is closed stays closed, whatever else makes no sense")
  func closed() throws {
    try event.set("state", "closed")
    try event.set("rate", "0,2")
    #expect(try event.join(["a"]) == [.closed])
    #expect(try event.pulse().state == .paused)
  }

  @Test("a bucket that holds nonsense is as full as a new one", arguments: ["", "nan", "full"])
  func nonsenseBucket(text: String) throws {
    let ticket = try event.ticket(of: "a")
    try event.set("tokens", text)
    try event.set("refilled", text)
    // One holds a call.
    #expect(try event.pulse().tokens == 2)
    #expect(try event.enter("a", ticket).isAdmitted)
    #expect(try event.pulse().tokens == 2)
  }

  @Test(
    "whatever any field of the state holds, scripts run, and what they bring is a number",
    arguments: [
      "", "x", "nan", "inf", "-inf", "-1", "1e300", "9223372036854775807", "-9223372036854775808",
    ])
  func nonsenseState(text: String) throws {
    let user = "p"
    let (first, second) = (try event.ticket(of: "first"), try event.ticket(of: "second"))
    #expect(try event.enter("first", first).isAdmitted)
    #expect(try event.leave("second", second) == .left)
    _ = try event.park()
    let fields = try event.send("HKEYS", event.keys.state.text).texts
    #expect(fields.count > 15)
    for field in fields + ["rate", "burst", "state"] {
      try event.set(field, text)
      try event.advance(.seconds(1))
      let ticket = try event.ticket(of: "\(user) \(field)")
      _ = try event.enter("\(user) \(field)", ticket)
      try event.set(field, text)
      let pace = Pace(try event.pulse(user))
      #expect((pace.eta(position: 1000, at: event.now).seconds ?? 0) >= 0)
      try event.set(field, text)
      _ = try event.leave("\(user) \(field)", ticket)
      try event.set(field, text)
      _ = try event.park()
    }
  }
}
