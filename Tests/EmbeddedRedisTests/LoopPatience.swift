import Loop
import Testing

extension Loop {
  /// Turns until `condition` holds; a test in which that takes too long has failed.
  func turn(
    until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = Instant.now + .seconds(30)
    while !condition() {
      try #require(.now < deadline, "waited in vain", sourceLocation: sourceLocation)
      try turn(waitingAtMost: .milliseconds(10))
    }
  }
}
