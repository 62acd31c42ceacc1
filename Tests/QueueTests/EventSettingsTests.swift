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
    #expect(try event.enter("b", b).denial?.tokens == 0)
    try event.advance(.seconds(1))
    #expect(try event.pulse().tokens == 0.5)
    #expect(try event.pulse().rate == 0.5)
    #expect(try event.pulse().burst == 1)
    try event.set("rate", "1.25")
    #expect(try event.pulse().tokens == 1)
    #expect(try event.enter("b", b).isAdmitted)
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
    #expect(try event.enter("p3", tickets[3]).denial?.tokens == 0)
  }

  @Test(
    "a rate that is no sensible number is as if it were not set",
    arguments: ["", "fast", "-1", "nan", "-nan", "inf", "1e300", "0x", "10/s", "\0"])
  func nonsenseRate(text: String) throws {
    try event.set("rate", text)
    let tickets = try (0..<4).map { try event.ticket(of: "p\($0)") }
    for number in 0..<3 { #expect(try event.enter("p\(number)", tickets[number]).isAdmitted) }
    try event.advance(.milliseconds(250))
    #expect(try event.pulse().rate == 2)
    #expect(try event.pulse().tokens == 0.5)
    #expect(try event.enter("p3", tickets[3]).denial?.tokens == 0.5)
  }

  @Test(
    "a burst that is no sensible number is as if it were not set",
    arguments: ["", "many", "-5", "0", "0.5", "nan", "-nan", "inf", "1e300"])
  func nonsenseBurst(text: String) throws {
    try event.set("burst", text)
    let tickets = try (0..<4).map { try event.ticket(of: "p\($0)") }
    #expect(try event.pulse().burst == 3)
    #expect(try event.pulse().tokens == 3)
    #expect(!(try event.enter("p3", tickets[3]).isAdmitted))
    for number in 0..<3 { #expect(try event.enter("p\(number)", tickets[number]).isAdmitted) }
    #expect(try event.enter("p3", tickets[3]).denial?.tokens == 0)
  }

  @Test("scripts and fronts read odd spellings of a number alike", arguments: ["0x2", " 2 ", "2."])
  func oddNumbers(text: String) throws {
    try event.set("burst", text)
    let tickets = try (0..<4).map { try event.ticket(of: "p\($0)") }
    let burst = Int(try event.pulse().burst)
    var admitted = 0
    for number in 0..<4 where try event.enter("p\(number)", tickets[number]).isAdmitted {
      admitted += 1
    }
    #expect(admitted == burst)
  }

  @Test("a bucket that holds nonsense is as full as a new one", arguments: ["", "nan", "full"])
  func nonsenseBucket(text: String) throws {
    let tickets = try (0..<4).map { try event.ticket(of: "p\($0)") }
    try event.set("tokens", text)
    try event.set("refilled", text)
    #expect(try event.pulse().tokens == 3)
    #expect(!(try event.enter("p3", tickets[3]).isAdmitted))
    #expect(try event.enter("p0", tickets[0]).isAdmitted)
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
      #expect(pace.eta(position: 1000, at: event.now).isFinite)
      _ = pace.isReady(position: 1, at: event.now)
      try event.set(field, text)
      _ = try event.leave("\(user) \(field)", ticket)
      try event.set(field, text)
      _ = try event.park()
    }
  }
}
