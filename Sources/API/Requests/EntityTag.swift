import Queue

/// The entity tags of maps of seats and of settings: a version in quotation marks.
///
/// Source: RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2.
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

  /// What an `If-Match` demands. A weak tag never matches, nor does what is no tag of ours.
  static func condition(_ field: String?) -> SettingsCondition {
    guard let field else { return .none }
    let tags = field.split(separator: ",").map { $0.trimming { $0 == " " || $0 == "\t" } }
    if tags == ["*"] { return .exists }
    return .version(
      tags.compactMap { tag in
        guard tag.count > 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return nil }
        return Int64(tag.dropFirst().dropLast())
      })
  }
}

extension Substring {
  /// Without the characters at both ends that `isSpace` names.
  fileprivate func trimming(_ isSpace: (Character) -> Bool) -> Substring {
    var rest = drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return rest
  }
}
