import Loop
import Testing

@testable import HTTP

@Suite("The machine of a server: what follows what")
struct ServerMachineStoryTests {
  private var machine = ServerMachine()
  private let now = Instant(nanoseconds: 0)

  @Test("one run serves all that requested one, and later requests get another")
  mutating func sharesRun() {
    #expect(machine.runRequested() == .deferRun)
    #expect(machine.runRequested() == [])
    #expect(machine.runBegan() == true)
    #expect(machine.runRequested() == .deferRun)
    #expect(machine.runRequested() == [])
    #expect(machine.runEnded(resting: 0, at: now) == .askForMore)
    #expect(machine.runBegan() == true)
  }

  @Test("a resumed connection gets one second pass, at once")
  mutating func resumes() {
    #expect(machine.resumed() == .deferRun)
    #expect(machine.runBegan() == true)
    #expect(machine.firstPassEnded(resting: 3) == .yes)
    #expect(machine.firstPassEnded(resting: 3) == .no)
    #expect(machine.firstPassEnded(resting: 0) == .ifMoreToDo)
  }

  @Test("one timer ends the rest of all exchanges, and is cancelled when none rests")
  mutating func rests() {
    _ = machine.runRequested()
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 1, at: now) == .startRest)
    #expect(machine.restEnd == now + .milliseconds(5))
    _ = machine.runRequested()
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 2, at: now + .milliseconds(1)) == [])
    #expect(machine.restEnd == now + .milliseconds(5))
    _ = machine.runRequested()
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 0, at: now) == [.cancelRest, .askForMore])
    #expect(machine.restEnd == nil)
  }

  @Test("the end of the rest brings a run, and a new rest if exchanges came meanwhile")
  mutating func restsAgain() {
    _ = machine.runRequested()
    _ = machine.runBegan()
    _ = machine.runEnded(resting: 1, at: now)
    #expect(machine.restEnded() == .deferRun)
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 1, at: now + .milliseconds(5)) == .startRest)
    #expect(machine.restEnd == now + .milliseconds(10))
  }

  @Test("what is left for the next turn is run there, once")
  mutating func runsNextTurn() {
    _ = machine.runRequested()
    _ = machine.runBegan()
    #expect(machine.connectionClosed() == .runNextTurn)
    #expect(machine.connectionClosed() == [])
    #expect(machine.runEnded(resting: 0, at: now) == [])
    #expect(machine.nextTurnBegan() == .deferRun)
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 0, at: now) == .askForMore)
    #expect(machine.moreToDo() == .runNextTurn)
  }

  @Test("deadlines are checked after a run, and again after the next if a connection was spared")
  mutating func checks() {
    #expect(machine.connectionOpened() == .planCheck)
    #expect(machine.connectionOpened() == [])
    #expect(machine.checkIsDue() == .deferRun)
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 1, at: now) == [.checkDeadlines, .startRest])
    #expect(machine.checked(spares: true, isAnyOpen: true) == .runNextTurn)
    _ = machine.nextTurnBegan()
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 1, at: now) == .checkDeadlines)
    #expect(machine.checked(spares: false, isAnyOpen: false) == .planCheck)
    #expect(machine.connectionOpened() == .planCheck)
  }

  @Test("a drain takes the clients that wait, then checks, and checks after each last answer")
  mutating func drains() {
    #expect(machine.stopListening() == true)
    #expect(machine.isListening == false)
    #expect(machine.takingBegan() == true)
    machine.takingEnded()
    #expect(machine.listenerClosed() == .deferRun)
    _ = machine.runBegan()
    #expect(machine.runEnded(resting: 0, at: now) == [.checkDeadlines, .askForMore])
    _ = machine.checked(spares: false, isAnyOpen: true)
    _ = machine.runRequested()
    _ = machine.runBegan()
    machine.requestEnded()
    #expect(machine.connectionClosed() == [])
    #expect(machine.runEnded(resting: 0, at: now) == [.checkDeadlines, .askForMore])
    #expect(machine.stopListening() == false)
  }

  @Test("a stop by a handler waits for the end of the run, and then happens")
  mutating func stopsInRun() {
    _ = machine.runRequested()
    _ = machine.runBegan()
    #expect(machine.stop() == false)
    #expect(machine.runEnded(resting: 1, at: now) == .stop)
    #expect(machine.stop() == true)
    #expect(machine.stop() == false)
  }

  @Test("a stop by a handler while waiting clients are taken happens after the next run")
  mutating func stopsWhileTaking() {
    _ = machine.stopListening()
    _ = machine.takingBegan()
    #expect(machine.stop() == false)
    machine.takingEnded()
    #expect(machine.listenerClosed() == .deferRun)
    #expect(machine.runBegan() == true)
    #expect(machine.runEnded(resting: 0, at: now) == .stop)
  }

  @Test("the run that was due when the server stopped does not happen")
  mutating func dropsRun() {
    _ = machine.runRequested()
    #expect(machine.stop() == true)
    #expect(machine.runBegan() == false)
    #expect(machine.runRequested() == [])
  }
}
