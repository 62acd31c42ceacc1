import Loop
import Queue

/// How one kind of setting is written, and which values are allowed.
struct SettingFormat<Value: Sendable>: Sendable {
  /// Stands for the value in the help: `--flag PLACEHOLDER`.
  let placeholder: String
  /// What is allowed, as the end of "it takes …".
  let allowed: String
  /// The same for the help, where the kind of value is clear: only its limits.
  let limits: String
  /// The value of a text; nil if it is not allowed.
  let parse: @Sendable (String) -> Value?
  /// The text of a value, such as ``parse`` takes.
  let write: @Sendable (Value) -> String
  /// Whether no message may quote what was given.
  var isSecret = false
}

extension SettingFormat where Value == Int {
  /// A whole number.
  static func count(_ range: ClosedRange<Int>) -> SettingFormat {
    let limits = "\(range.lowerBound) to \(range.upperBound)"
    return SettingFormat(
      placeholder: "N", allowed: "a whole number from \(limits)", limits: limits,
      parse: { text in
        Decimal.whole(text).flatMap { Int(exactly: $0) }.flatMap { range.contains($0) ? $0 : nil }
      },
      write: { String($0) })
  }
}

extension SettingFormat where Value == Double {
  /// A number, perhaps with decimals.
  static func number(_ range: ClosedRange<Double>) -> SettingFormat {
    let limits = "\(Decimal.text(range.lowerBound)) to \(Decimal.text(range.upperBound))"
    return SettingFormat(
      placeholder: "NUMBER", allowed: "a number from \(limits)", limits: limits,
      parse: { text in Decimal.number(text).flatMap { range.contains($0) ? $0 : nil } },
      write: { Decimal.text($0) })
  }

  /// A share, written in percent, with the sign or without; 50 % is the value 0.5.
  static func percent(_ range: ClosedRange<Double>) -> SettingFormat {
    let limits = "\(Decimal.text(range.lowerBound))% to \(Decimal.text(range.upperBound))%"
    return SettingFormat(
      placeholder: "PERCENT", allowed: "a share from \(limits)", limits: limits,
      parse: { text in
        Decimal.number(text.hasSuffix("%") ? String(text.dropLast()) : text)
          .flatMap { range.contains($0) ? $0 / 100 : nil }
      },
      write: { Decimal.text($0 * 100) + "%" })
  }
}

extension SettingFormat where Value == Duration {
  /// A duration. With `wholeSeconds`, for what clients or Redis count in seconds, nothing finer.
  static func duration(_ range: ClosedRange<Duration>, wholeSeconds: Bool = false) -> SettingFormat
  {
    let limits = "\(range.lowerBound.text) to \(range.upperBound.text)"
    let noun = wholeSeconds ? "a duration of whole seconds" : "a duration"
    return SettingFormat(
      placeholder: "DURATION", allowed: "\(noun) from \(limits), written like 500ms, 2s, 1m or 6h",
      limits: limits,
      parse: { text in
        guard let duration = Duration(text: text), range.contains(duration) else { return nil }
        return wholeSeconds && duration.components.attoseconds != 0 ? nil : duration
      },
      write: { $0.text })
  }
}

extension SettingFormat where Value == SocketAddress {
  /// Where to listen.
  static var address: SettingFormat {
    SettingFormat(
      placeholder: "ADDRESS",
      allowed: "host:port, [ipv6]:port ([::]:port for all addresses) or unix:/path",
      limits: "host:port, [ipv6]:port or unix:/path", parse: { SocketAddress($0) },
      write: { $0.description })
  }
}

extension SettingFormat where Value == UInt32 {
  /// The mode of a file, in octal.
  static var mode: SettingFormat {
    SettingFormat(
      placeholder: "MODE", allowed: "three octal digits such as 660", limits: "octal: 000 to 777",
      parse: { text in
        text.utf8.count == 3 && text.utf8.allSatisfy { (48...55).contains($0) }
          ? UInt32(text, radix: 8) : nil
      },
      write: { String(String($0 + 0o1000, radix: 8).dropFirst()) })
  }
}

extension SettingFormat where Value == KeySpace {
  /// What the names of keys begin with.
  static var keyPrefix: SettingFormat {
    let limits = "up to \(KeySpace.longestPrefix) letters, digits and . _ - : /"
    return SettingFormat(
      placeholder: "TEXT", allowed: limits, limits: limits, parse: { KeySpace(prefix: $0) },
      write: { $0.prefix })
  }
}

extension SettingFormat where Value == String {
  /// Any text that is not empty and has no control characters.
  static func text(_ placeholder: String, _ allowed: String) -> SettingFormat {
    SettingFormat(
      placeholder: placeholder, allowed: allowed, limits: "",
      parse: { text in
        text.isEmpty || text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
          ? nil : text
      },
      write: { $0 })
  }
}

extension SettingFormat where Value: RawRepresentable<String> & CaseIterable {
  /// One of a few words.
  static func choice(_ type: Value.Type = Value.self) -> SettingFormat {
    let words = Value.allCases.map(\.rawValue)
    let list = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    return SettingFormat(
      placeholder: "WORD", allowed: list, limits: list, parse: { Value(rawValue: $0) },
      write: { $0.rawValue })
  }
}
