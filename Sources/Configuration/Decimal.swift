/// Numbers as people write settings: digits, perhaps a point and more digits. No sign, no exponent,
/// no white space, no "nan".
enum Decimal {
  /// A whole number; nil if `text` is none or does not fit.
  static func whole(_ text: some StringProtocol) -> Int64? {
    isDigits(text) ? Int64(text) : nil
  }

  /// A number with or without decimals.
  static func number(_ text: String) -> Double? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.allSatisfy { isDigits($0) } ? Double(text) : nil
  }

  /// The shortest text that gives `number` back, without an exponent; `number` is at least 0 and at
  /// most 2^53.
  static func text(_ number: Double) -> String {
    if let whole = Int64(exactly: number) { return String(whole) }
    let text = String(number)
    guard let exponent = text.firstIndex(of: "e") else { return text }
    // Only small numbers get an exponent: 1e-05, 1.5e-05.
    let zeros = -(Int(text[text.index(after: exponent)...]) ?? 0) - 1
    let digits = text[..<exponent].filter { $0 != "." }
    return "0." + String(repeating: "0", count: max(0, zeros)) + digits
  }

  private static func isDigits(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
