import Synchronization

/// A fixed row of counts that any thread may add to.
///
/// Sendable although it holds a pointer: the pointer never changes, what it points to is touched by
/// atomic operations alone, and only the owner's end frees it.
struct AtomicCounts: ~Copyable, @unchecked Sendable {
  private let counts: UnsafeMutableBufferPointer<Atomic<UInt64>>

  init(count: Int) {
    counts = .allocate(capacity: count)
    for index in 0..<count { counts.initializeElement(at: index, to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize().deallocate()
  }

  func increment(_ index: Int, by amount: UInt64 = 1) {
    counts[index].wrappingAdd(amount, ordering: .relaxed)
  }

  subscript(index: Int) -> UInt64 { counts[index].load(ordering: .relaxed) }
}
