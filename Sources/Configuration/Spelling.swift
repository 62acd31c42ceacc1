/// Guesses what an operator meant to type.
enum Spelling {
  /// The name that is the fewest slips of the finger away, unless that is too many to be meant.
  static func nearest(to typed: String, in names: [String]) -> String? {
    if let longer = names.first(where: { $0.hasPrefix(typed + "-") }) { return longer }
    let limit = max(2, typed.count / 3)
    return names.map { (name: $0, distance: distance(typed, $0)) }
      .filter { $0.distance <= limit }
      .min { $0.distance < $1.distance }?.name
  }

  /// How many characters must be put in, taken out, changed, or swapped with their neighbour.
  ///
  /// Source: F. J. Damerau, "A technique for computer detection and correction of spelling errors",
  /// 1964; in the form in which no part is edited twice.
  static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    var beforeLast: [Int] = []
    var last = Array(0...second.count)
    for row in 0..<first.count {
      var current = [row + 1]
      for column in 0..<second.count {
        let change = first[row] == second[column] ? 0 : 1
        var best = min(last[column] + change, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, first[row] == second[column - 1],
          first[row - 1] == second[column]
        {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[second.count]
  }
}
