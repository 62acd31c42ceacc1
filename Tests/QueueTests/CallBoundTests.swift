import TestSupport
import Testing

@testable import Queue

/// How long tabs that never enter can hold up the person behind them, at the defaults: in virtual time,
/// with the real scripts.
@Suite("Behind tabs that never enter")
struct CallBoundTests {
  /// What the tabs do whose call has ended.
  enum Habit {
    /// They poll on.
    case polling
    /// They ask to be called again, each time at once.
    case asking
  }

  @Test(
    "the next person is called in time",
    arguments: [
      (500, 100, Habit.polling, 6), (1000, 100, .polling, 11), (500, 100, .asking, 11),
      (1, 1, .polling, 2), (1, 1, .asking, 2),
    ])
  func bound(tabs: Int, burst: Int, habit: Habit, calls: Int) throws {
    let settings = QueueSettings(admissionBurst: burst)
    let event = try ScriptedEvent(settings)
    let names = (0..<tabs).map { "tab\($0)" }
    for start in stride(from: 0, to: tabs, by: 250) {
      try event.join(Array(names[start..<min(start + 250, tabs)]))
    }
    try event.join("person")
    let readyTTL = Int(settings.readyTTL.components.seconds)
    // Each call of theirs lasts its whole time.
    let least = (tabs / burst) * readyTTL
    var seconds = 0
    while try !isCalled("person", event) {
      try event.advance(.seconds(1))
      seconds += 1
      guard seconds <= calls * readyTTL else { break }
      try event.pulse(seconds % 5 == 0 ? names + ["person"] : ["person"])
      if habit == .asking { try ask(event) }
    }
    print("behind \(tabs) tabs, burst \(burst), \(habit): called after \(seconds) s")
    #expect(seconds <= calls * readyTTL)
    #expect(seconds >= least)
  }

  private func isCalled(_ user: String, _ event: ScriptedEvent) throws -> Bool {
    try event.send("ZSCORE", event.keys.ready.text, user).text != nil
  }

  /// All no-shows ask who have not done so.
  private func ask(_ event: ScriptedEvent) throws {
    let users = try event.send("ZRANGE", event.keys.noShows.text, "-inf", "(0", "BYSCORE").texts
    guard !users.isEmpty else { return }
    let tickets = try event.send(["ZMSCORE", event.keys.waiting.text] + users).texts
    let people = zip(users, tickets).map { user, ticket in
      let ticket = Int64(Double(ticket) ?? 0)
      return ShownToken(user: user, ticket: ticket, stamp: ticket)
    }
    for start in stride(from: 0, to: people.count, by: 250) {
      _ = try event.enter(Array(people[start..<min(start + 250, people.count)]))
    }
  }
}
