/// Changes to expressions, to find out whether there is data for each part of them.
enum PromQL {
  /// The expression with every `or` and `unless` made into an `and`: there only if both sides are.
  static func complete(_ expression: String) -> String {
    expression.replacing(/\b(?:or|unless)\b(?: +(?:on|ignoring) *\([^)]*\))?/, with: "and on ()")
  }

  /// The expression with every comparison made into a question: `a > 5` is there only when it is
  /// true, `a > bool 5` whenever `a` is. So an alert that does not fire can be seen to have data.
  static func asked(_ expression: String) -> String {
    var result = ""
    var rest = Substring(expression)
    // Quotes and braces hold labels, which are compared by other rules.
    var quote: Character?
    var depth = 0
    while let character = rest.popFirst() {
      result.append(character)
      if let open = quote {
        if character == "\\", let escaped = rest.popFirst() { result.append(escaped) }
        if character == open { quote = nil }
        continue
      }
      switch character {
      case "\"", "'", "`": quote = character
      case "{": depth += 1
      case "}": depth -= 1
      case "<", ">", "=", "!":
        guard depth == 0 else { continue }
        if rest.first == "=" { result.append(rest.removeFirst()) }
        if !rest.drop(while: { $0 == " " }).hasPrefix("bool ") { result += " bool" }
      default: break
      }
    }
    return result
  }
}
