/// A family whose samples are computed at scrape.
final class ComputedFamily: Family {
  let header: FamilyHeader
  private let samples: @Sendable () -> [(labelValues: [String], value: Double)]

  init(
    _ header: FamilyHeader,
    samples: @escaping @Sendable () -> [(labelValues: [String], value: Double)]
  ) {
    self.header = header
    self.samples = samples
  }

  func appendSamples(to text: inout [UInt8]) {
    let sums = Dictionary(samples().map { ($0.labelValues, $0.value) }, uniquingKeysWith: +)
    let sorted = sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    for (labelValues, value) in sorted {
      text.appendSample(header.samplePrefix(labelValues), value)
    }
  }
}
