import Glibc

/// A value that threads use one at a time.
///
/// `Synchronization.Mutex` does the same, but in Swift 6.3 it waits inside a library that
/// ThreadSanitizer does not see into, which then takes what it protects for a race.
///
/// Source: `pthread_mutex_lock(3)`.
package final class Lock<Value: Sendable>: @unchecked Sendable {
  // Unchecked, because only `withLock` touches `value`, and only with `mutex` held.
  private var value: Value
  // In memory of its own: the address of a stored property is not stable.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  /// A lock that no thread holds.
  package init(_ value: Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Waits for its turn, then lets `body` use the value. Never to be called by `body` itself.
  package func withLock<Result: Sendable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
