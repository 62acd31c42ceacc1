/// First in, first out, in a circle: once it has grown, nothing is allocated or moved.
package struct Ring<Element> {
  private var storage: ContiguousArray<Element?>
  private var head = 0
  /// How many elements there are.
  package private(set) var count = 0

  /// Empty, with room for `capacity` elements.
  package init(capacity: Int = 16) {
    storage = ContiguousArray(repeating: nil, count: max(1, capacity))
  }

  /// Whether there is none.
  package var isEmpty: Bool { count == 0 }
  /// The one that would be taken next.
  package var first: Element? { storage[head] }

  /// The element that stands `index` places behind the first.
  package subscript(index: Int) -> Element {
    get {
      guard index < count, let element = storage[place(index)] else {
        preconditionFailure("a Ring of \(count) has no element \(index)")
      }
      return element
    }
    set {
      precondition(index < count, "a Ring of \(count) has no element \(index)")
      storage[place(index)] = newValue
    }
  }

  /// Puts one behind all others.
  package mutating func append(_ element: Element) {
    if count == storage.count { grow() }
    storage[place(count)] = element
    count += 1
  }

  /// Takes the first one out; nil if there is none.
  package mutating func popFirst() -> Element? {
    guard let element = storage[head].take() else { return nil }
    head = place(1)
    count -= 1
    return element
  }

  private func place(_ index: Int) -> Int {
    let place = head + index
    return place < storage.count ? place : place - storage.count
  }

  private mutating func grow() {
    var larger = ContiguousArray<Element?>()
    larger.reserveCapacity(2 * storage.count)
    larger.append(contentsOf: storage[head...])
    larger.append(contentsOf: storage[..<head])
    larger.append(contentsOf: repeatElement(nil, count: storage.count))
    storage = larger
    head = 0
  }
}
