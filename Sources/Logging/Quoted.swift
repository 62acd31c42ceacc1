/// `text` as a sentence for people quotes it: in quotation marks, on one line and not too long,
/// whatever it contains.
package func quoted(_ text: String) -> String {
  let longest = 100
  let head = text.unicodeScalars.prefix(longest)
  let shown = head.map { scalar in
    scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
  }
  return "\"\(shown.joined())\(head.endIndex < text.unicodeScalars.endIndex ? "…" : "")\""
}
