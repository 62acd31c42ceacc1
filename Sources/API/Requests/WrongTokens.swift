import Loop

/// Limits how fast one address may show wrong tokens: ten at once, and then one a second. An address that
/// has shown more is not even listened to, or guesses would not be slower.
///
/// A value without I/O, of bounded size.
struct WrongTokens<Address: Hashable & Sendable>: Sendable {
  /// How many at once.
  static var burst: Double { 10 }
  /// How many addresses it knows at a time.
  static var capacity: Int { 1024 }

  /// How many more an address may show, as it was at a time.
  private struct Allowance {
    var left: Double
    var at: Instant

    func left(at now: Instant) -> Double { min(burst, left + (now - at).seconds) }
  }

  private var addresses: [Address: Allowance] = [:]

  /// Whole seconds until an address is listened to again; nil if it is now.
  func wait(of address: Address, at now: Instant) -> Int? {
    guard let left = addresses[address]?.left(at: now), left < 1 else { return nil }
    return max(1, Int((1 - left).rounded(.up)))
  }

  /// An address has shown a wrong token. True if that was one too many.
  mutating func shown(by address: Address, at now: Instant) -> Bool {
    let left = addresses[address]?.left(at: now) ?? Self.burst
    if addresses[address] == nil, addresses.count >= Self.capacity { makeRoom(at: now) }
    addresses[address] = Allowance(left: max(0, left - 1), at: now)
    return left >= 1 && left - 1 < 1
  }

  /// Forgets those that have shown none lately, or else the one whose turn that would be next.
  private mutating func makeRoom(at now: Instant) {
    addresses = addresses.filter { $0.value.left(at: now) < Self.burst }
    guard addresses.count >= Self.capacity else { return }
    let most = addresses.max { $0.value.left(at: now) < $1.value.left(at: now) }
    if let most { addresses[most.key] = nil }
  }
}
