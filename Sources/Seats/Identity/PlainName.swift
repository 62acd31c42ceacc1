/// What the names of seats and items are made of: `A–Z a–z 0–9 _ . : -`.
enum PlainName {
  /// Whether `text` has 1 to `longest` characters, all of them allowed.
  static func isOne(_ text: String, longest: Int) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: ":"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
