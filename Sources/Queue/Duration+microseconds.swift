extension Duration {
  /// Whole microseconds, rounded towards 0.
  package var microseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
  }

  /// Whole milliseconds, rounded towards 0.
  package var milliseconds: Int64 { microseconds / 1000 }
}
