import TestSupport
import Testing

@testable import Queue

@Suite("Pace, in a simulated hour")
struct PaceSimulationTests {
  /// A rush of three times what the shop can serve, calm before and after, a second rush; the
  /// operator opens the door wider after the first and narrows it after the second.
  private static let rushes = WaitSimulation.Script(
    arrivals: [(0, 2), (300, 15), (660, 6), (1500, 2), (2400, 12), (2700, 4), (3300, 1)],
    rates: [(0, 5), (1200, 8), (2700, 4)], burst: 50, hesitation: 4)

  /// People take 20 s to enter, so that fewer come than may, and the line moves as they do.
  private static let slowEntrants = WaitSimulation.Script(
    arrivals: [(0, 4), (1200, 2), (1800, 4), (2700, 1)], rates: [(0, 4), (1500, 3), (2400, 5)],
    burst: 40, hesitation: 20)

  @Test("promises that were made at join come true", arguments: [rushes, slowEntrants])
  func promises(script: WaitSimulation.Script) throws {
    let simulation = try WaitSimulation(script, seed: 2025)
    try simulation.run()
    let waits = simulation.waits.filter { $0.actual > 5 }
    let errors = waits.map { ($0.promised - $0.actual) / $0.actual }.sorted()
    let sizes = errors.map(abs).sorted()
    print(
      "\(simulation): of \(waits.count) who waited over 5 s, the median error was "
        + "\(sizes[sizes.count / 2]), p90 \(sizes[sizes.count * 9 / 10]), "
        + "the bias \(errors[errors.count / 2])")
    #expect(waits.count > 4000)
    #expect(simulation.left > 500)
    #expect(simulation.parked > 500)
    #expect(sizes[sizes.count / 2] < 0.15)
  }
}

@Suite("An honest wait, in two simulated hours", .tags(.long, .computation), .selected)
struct DoorSimulationTests {
  @Test("what people are told from the last change of a setting on comes true")
  func promises() {
    let seeds = Selection.amount(normal: [2] as [UInt64], long: Array(1...20))
    var sum = WaitReport()
    for seed in seeds {
      var script = DoorScript.changing(seed: seed)
      script.seconds = Selection.amount(normal: 3600, long: 7200)
      var simulation = DoorSimulation(script, seed: seed)
      simulation.run()
      print("seed \(seed): \(simulation): \(simulation.report)")
      #expect(simulation.report.waits > 2000)
      sum.add(simulation.report)
    }
    print("\(seeds.count) seeds: \(sum)")
    #expect(sum.median < 0.15)
    #expect(sum.median < sum.oldMedian)
    #expect(sum.coverage > 0.8)
    #expect(sum.width <= 0.5)
    #expect(sum.dishonest == 0)
  }
}
