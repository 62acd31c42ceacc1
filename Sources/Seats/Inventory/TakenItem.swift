/// One of an item, as told to the person who took it.
package struct TakenItem: Equatable, Sendable {
  /// 1 for the first that was taken.
  package let number: Int
  /// How many are left.
  package let remaining: Int
}
