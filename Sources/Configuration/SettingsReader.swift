import Logging
import Loop

/// Reads settings one after the other, and remembers each as a line of the table.
///
/// `Settings.init(from:)` is the table; this is what carries it out. Given nothing, it describes.
struct SettingsReader {
  /// The table so far, in order.
  private(set) var rows: [SettingRow] = []
  /// The files that contain secrets.
  private(set) var secretFiles: [String] = []

  private let input: SettingsInput
  private var section = ""

  init(_ input: SettingsInput) {
    self.input = input
  }

  /// How many CPUs the process may use.
  var cpus: Int { input.cpus }

  /// Begins a part of the table.
  mutating func section(_ title: String) {
    section = title
  }

  /// A setting that always has a value. A default that depends on the machine is `called` something
  /// in the help.
  mutating func callAsFunction<Value>(
    _ name: String, _ format: SettingFormat<Value>, default fallback: Value, called: String? = nil,
    _ meaning: String
  ) throws(SettingsError) -> Value {
    let words = called ?? format.write(fallback)
    return try read(name, format, fallback, fallbackText: words, meaning) ?? fallback
  }

  /// A setting that may have none; `none` says what happens then.
  mutating func optional<Value>(
    _ name: String, _ format: SettingFormat<Value>, none: String, _ meaning: String
  ) throws(SettingsError) -> Value? {
    try read(name, format, nil, fallbackText: none, meaning)
  }

  /// A secret: `--name-file` names a file that contains it, and the environment variable contains
  /// it itself. It is shown nowhere.
  mutating func secret<Value: Sendable>(
    _ name: String, none: String, _ meaning: String, takes allowed: String,
    parse: @escaping @Sendable ([UInt8]) -> Value?
  ) throws(SettingsError) -> Secret<Value>? {
    let flag = "\(name)-file"
    let variable = Self.variable(for: name)
    let given = given(flag, variable)
    var secret: Secret<Value>?
    if let (text, origin) = given {
      let source = SecretSource(
        name: origin == .flag ? "--\(flag)" : variable, text: text, isPath: origin == .flag,
        allowed: allowed, readFile: input.readFile)
      let read = { @Sendable () throws(SettingsError) in try source.read(parse) }
      secret = Secret(try read(), file: source.isPath ? text : nil, read: read)
      if source.isPath { contains(secret: text) }
    }
    rows.append(
      SettingRow(
        section: section, flag: flag, variable: variable, placeholder: "FILE", fallback: none,
        meaning: "\(meaning) The variable contains it itself.",
        value: secret == nil ? none : "hidden", origin: given?.origin ?? .default))
    return secret
  }

  /// A file that was named contains a secret.
  mutating func contains(secret file: String) {
    secretFiles.append(file)
  }

  /// Refuses a combination: what `name` has does not go with what the `others` have.
  func require(
    _ condition: Bool, _ name: String, _ allowed: String, given others: String...
  ) throws(SettingsError) {
    let row = row(name)
    let company = others.map { self.row($0) }.map { "--\($0.flag) \($0.value)" }
    if condition { return }
    throw SettingsError(
      "\(row.name): \(quoted(row.value)) is not allowed with "
        + "\(company.joined(separator: " and ")); it takes \(allowed)")
  }

  /// The error for a setting whose file is there in name only.
  func error(for setting: (name: String, takes: String), because reason: String) -> SettingsError {
    let row = row(setting.name)
    return SettingsError(
      "\(row.name): cannot use \(quoted(row.value)) (\(reason)); "
        + "it takes \(setting.takes)")
  }

  /// The environment variable of a flag: `USHER_REDIS_TIMEOUT` for `redis-timeout`.
  static func variable(for name: String) -> String {
    "USHER_" + name.uppercased().replacing("-", with: "_")
  }

  private mutating func read<Value>(
    _ name: String, _ format: SettingFormat<Value>, _ fallback: Value?, fallbackText: String,
    _ meaning: String
  ) throws(SettingsError) -> Value? {
    let variable = Self.variable(for: name)
    let given = given(name, variable)
    let value = if let given { format.parse(given.text) } else { fallback }
    let row = SettingRow(
      section: section, flag: name, variable: variable, placeholder: format.placeholder,
      fallback: fallbackText, meaning: Self.sentence(meaning, format.limits),
      value: value.map(format.write) ?? fallbackText, origin: given?.origin ?? .default)
    if let given, value == nil {
      throw format.isSecret
        ? SettingsError(hiding: row.name, takes: format.allowed)
        : SettingsError(row.name, given.text, takes: format.allowed)
    }
    rows.append(row)
    return value
  }

  private func given(
    _ flag: String, _ variable: String
  ) -> (text: String, origin: SettingRow.Origin)? {
    if let text = input.flags[flag] { return (text, .flag) }
    if let text = input.environment[variable], !text.isEmpty { return (text, .environment) }
    return nil
  }

  /// A meaning and its limits: after a colon, or in brackets.
  private static func sentence(_ meaning: String, _ limits: String) -> String {
    if limits.isEmpty { return meaning }
    return meaning.hasSuffix(":") ? "\(meaning) \(limits)." : "\(meaning.dropLast()) (\(limits))."
  }

  private func row(_ name: String) -> SettingRow {
    guard let row = rows.first(where: { $0.flag == name || $0.flag == "\(name)-file" }) else {
      preconditionFailure("the table has no \(name)")
    }
    return row
  }
}
