/// The entity tags of maps of seats: a version in quotation marks.
///
/// Source: RFC 9110, sections 8.8.3 and 13.1.2.
enum EntityTag {
  /// The first version that an `If-None-Match` names; nil if it names none of ours.
  static func version(_ field: String?) -> Int64? {
    guard let field else { return nil }
    for tag in field.split(separator: ",") {
      let tag = tag.drop { $0 == " " || $0 == "\t" }
      let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
      let digits = opaque.drop { $0 == "\"" }.prefix { $0 != "\"" }
      if opaque.hasPrefix("\""), let version = Int64(digits), version > 0 { return version }
    }
    return nil
  }
}
