import JSON
import Loop
import Queue

/// The body of a change of an event's settings: a JSON merge patch, in which `null` takes a setting away.
///
/// Source: RFC 7396.
enum SettingsBody {
  /// Why a body is no change of settings.
  enum Fault: Error, Equatable {
    /// It is no JSON object, or names something twice.
    case noObject
    /// There is no such setting.
    case unknown(String)
    /// The setting does not take what is there.
    case wrong(EventSettings.Field)
  }

  /// What `json` changes.
  static func patch(json: [UInt8]) -> Result<SettingsPatch, Fault> {
    guard let members = JSONReader.members(of: json) else { return .failure(.noObject) }
    var patch = SettingsPatch()
    for (name, value) in members {
      // Compared as bytes: as characters, U+212A would equal K.
      guard
        let field = EventSettings.Field.allCases.first(where: {
          $0.rawValue.utf8.elementsEqual(name.utf8)
        })
      else { return .failure(.unknown(name)) }
      guard value != .null else {
        patch.set(field, to: nil)
        continue
      }
      guard let text = field.text(of: value), field.isSensible(text) else {
        return .failure(.wrong(field))
      }
      patch.set(field, to: text)
    }
    return .success(patch)
  }
}

extension EventSettings.Field {
  /// What a member of this name is in JSON, as the end of "it takes …".
  var allowedInJSON: String {
    switch self {
    case .rate, .burst, .queueLimit, .activeLimit: allowed
    case .state, .soldOutJoin, .readyTTL, .sessionTTL: "\(allowed), in quotation marks"
    case .admitWithinInventory: "true or false"
    case .prequeueAt, .opensAt, .closesAt:
      "a time with its offset, such as \"2026-12-01T10:00:00+09:00\""
    }
  }

  /// The text that Redis keeps for a value; nil if the value is of another type.
  fileprivate func text(of value: JSONReader.Value) -> String? {
    switch (self, value) {
    case (.rate, .number(let digits)), (.burst, .number(let digits)),
      (.queueLimit, .number(let digits)), (.activeLimit, .number(let digits)):
      Double(digits).map { Int64(exactly: $0).map { String($0) } ?? String($0) }
    case (.state, .string(let text)), (.soldOutJoin, .string(let text)),
      (.readyTTL, .string(let text)), (.sessionTTL, .string(let text)):
      text
    case (.admitWithinInventory, .flag(let flag)): flag ? "yes" : "no"
    case (.prequeueAt, .string(let text)), (.opensAt, .string(let text)),
      (.closesAt, .string(let text)):
      WallTime(text).map { String($0.milliseconds) }
    default: nil
    }
  }
}
