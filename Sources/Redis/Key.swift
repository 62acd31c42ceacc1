/// The name of a key in Redis, sent as it is, in UTF-8.
public struct Key: Hashable, Sendable, CustomStringConvertible {
  /// What Redis sees.
  public let text: String

  /// A key of that name.
  public init(_ text: String) {
    self.text = text
  }

  /// The name.
  public var description: String { text }
}
