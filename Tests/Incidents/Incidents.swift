import Foundation
import TestSupport
import Testing

/// The outages of the reports, replayed: the real usher and Redis, a real Prometheus with the rules of
/// `alerts/` as they stand, and a real Alertmanager whose pages and tickets arrive here.
///
/// No time is shortened: scrapes, evaluations, every `for` and every window are those of production,
/// so the minutes from a fault to its page are real ones.
@Suite("incidents", .tags(.incident), .selected)
enum Incidents {
  /// Those that want the processor for themselves, one after the other.
  @Suite("incidents under load", .serialized)
  enum UnderLoad {}
}

/// Runs on a thread of its own what waits for minutes: the threads that tests run on are few, and
/// others want to run meanwhile.
func patiently<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread { continuation.resume(with: Result(catching: body)) }.start()
  }
}
