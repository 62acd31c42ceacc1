/// Environment variables of our name that are no setting: slips, or settings of another version.
enum UnknownVariables {
  private static let prefix = "USHER_"

  /// Each of `names` that begins as ours do and is the variable of none of `settings`, with what was
  /// probably meant, in the words of a warning.
  static func described(
    in names: some Sequence<String>, settings: [SettingRow]
  ) -> [String] {
    let known = Set(settings.map(\.variable))
    let foreign = names.filter {
      $0.hasPrefix(prefix) && !known.contains($0) && !isServiceLink($0)
    }
    return foreign.sorted().map { name in
      meant(by: name, settings).map { "\(name) (did you mean \($0)?)" } ?? name
    }
  }

  private static func meant(by variable: String, _ settings: [SettingRow]) -> String? {
    let typed = word(variable)
    // The variable of a secret contains it itself: only a flag names a file.
    if let row = settings.first(where: { $0.flag == typed }) { return "--\(row.flag)" }
    let names = Dictionary(settings.map { (word($0.variable), $0.variable) }) { first, _ in first }
    return Spelling.nearest(to: typed, in: names.keys.sorted()).flatMap { names[$0] }
  }

  /// As flags are written, so that what all have in common does not count as likeness.
  private static func word(_ variable: String) -> String {
    variable.dropFirst(prefix.count).lowercased().replacing("_", with: "-")
  }

  /// Whether Kubernetes sets a variable of this name: it tells of a Service that is called `usher`, or
  /// whose name begins so.
  ///
  /// Source: Kubernetes' documentation, "Service"; Docker's, "Legacy container links".
  private static func isServiceLink(_ name: String) -> Bool {
    name.wholeMatch(
      of: /USHER(_.+)?(_SERVICE_HOST|_SERVICE_PORT(_.+)?|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)/
    ) != nil
  }
}
