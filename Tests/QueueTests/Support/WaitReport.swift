@testable import Queue

/// What people were told, and how long it really took, of those who waited for over five seconds.
struct WaitReport {
  private var errors: [Double] = []
  private var oldErrors: [Double] = []
  private var joinErrors: [Double] = []
  private var widths: [Double] = []
  private var bias: [Double] = []
  private var within = 0
  private var early = 0
  /// How often a number was told while nobody could know one.
  private(set) var dishonest = 0

  mutating func check(_ eta: ETA, shut: Bool) {
    if shut, eta.seconds != nil { dishonest += 1 }
  }

  mutating func add(_ eta: ETA, old: Double, actual: Double, wasJoin: Bool) {
    guard actual > 5, let seconds = eta.seconds, let low = eta.low, let high = eta.high else {
      return
    }
    let error = (Double(seconds) - actual) / actual
    errors.append(abs(error))
    bias.append(error)
    if wasJoin { joinErrors.append(abs(error)) }
    oldErrors.append(abs(old - actual) / actual)
    widths.append(Double(high - low) / Double(seconds))
    if actual < Double(low) { early += 1 } else if actual <= Double(high) { within += 1 }
  }

  mutating func add(_ other: WaitReport) {
    errors += other.errors
    oldErrors += other.oldErrors
    joinErrors += other.joinErrors
    widths += other.widths
    bias += other.bias
    within += other.within
    early += other.early
    dishonest += other.dishonest
  }

  var waits: Int { errors.count }
  var median: Double { quantile(errors, 0.5) }
  var oldMedian: Double { quantile(oldErrors, 0.5) }
  /// The share of the waits that ended within the interval.
  var coverage: Double { Double(within) / Double(max(1, waits)) }
  /// The median width of the interval, as a share of the ETA.
  var width: Double { quantile(widths, 0.5) }

  private func quantile(_ values: [Double], _ share: Double) -> Double {
    values.isEmpty ? 0 : values.sorted()[Int(share * Double(values.count - 1))]
  }
}

extension WaitReport: CustomStringConvertible {
  var description: String {
    func percent(_ value: Double) -> String { "\((value * 1000).rounded() / 10) %" }
    return "of \(waits) who waited over 5 s the median error was \(percent(median)) "
      + "(at join \(percent(quantile(joinErrors, 0.5))), p90 \(percent(quantile(errors, 0.9))), "
      + "bias \(percent(quantile(bias, 0.5))); by 0.1: \(percent(oldMedian))), "
      + "\(percent(coverage)) within the interval, \(percent(Double(early) / Double(max(1, waits)))) "
      + "early, its median width \(percent(width)) of the ETA, \(dishonest) numbers at a shut door"
  }
}
