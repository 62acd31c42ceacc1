/// How far waits may be below and above what is expected, as shares of it.
struct Margin: Equatable {
  var low = 0.8
  var high = 1.2
}

/// The margins of waits, by their length.
struct Margins: Equatable {
  /// The lengths of which each class has the shorter ones, in seconds; `promise.lua` has them, too.
  private static let edges = (30.0, 120.0, 600.0)
  /// How many classes there are.
  static let count = 4

  // No array: answers copy them.
  private var first = Margin()
  private var second = Margin()
  private var third = Margin()
  private var fourth = Margin()

  /// The class of a wait of so many seconds.
  static func index(of seconds: Double) -> Int {
    if seconds < edges.0 { return 0 }
    if seconds < edges.1 { return 1 }
    return seconds < edges.2 ? 2 : 3
  }

  /// The margin of a wait of so many seconds.
  subscript(of seconds: Double) -> Margin {
    get { self[Self.index(of: seconds)] }
    set { self[Self.index(of: seconds)] = newValue }
  }

  /// The margin of a class.
  subscript(kind: Int) -> Margin {
    get {
      switch kind {
      case 0: first
      case 1: second
      case 2: third
      default: fourth
      }
    }
    set {
      switch kind {
      case 0: first = newValue
      case 1: second = newValue
      case 2: third = newValue
      default: fourth = newValue
      }
    }
  }
}
