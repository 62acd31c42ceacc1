import Metrics

extension Registry {
  /// The exposition as a string, to compare whole.
  func text(_ format: ExpositionFormat = .text) -> String {
    String(decoding: exposition(format), as: UTF8.self)
  }
}
