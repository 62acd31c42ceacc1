import Foundation

/// How much longer than usual things may take: sanitizers make a program several times slower.
///
/// What usher promises to its clients is not stretched by this, only how long a test waits before it
/// gives up.
package enum Patience {
  /// `USHER_TEST_PATIENCE`, which `deploy/test --sanitize` sets; 1 without it.
  package static let factor: Int =
    ProcessInfo.processInfo.environment["USHER_TEST_PATIENCE"].flatMap { Int($0) } ?? 1

  /// Whether these tests, and so usher, were built with a sanitizer, which also takes memory.
  package static var isSanitized: Bool { factor > 1 }
}
