import Foundation

/// Waits until `condition` holds, asking every few milliseconds; throws when it still does not
/// after `limit` (longer under a sanitizer), or at once when it throws itself.
///
/// For what can be observed but not awaited: another process's state, a counter, a file.
///
/// - Parameter expectation: What was waited for, for the message.
package func eventually(
  _ expectation: @autoclosure () -> String,
  within limit: Duration = .seconds(10),
  fileID: String = #fileID,
  line: Int = #line,
  _ condition: () throws -> Bool
) throws {
  let deadline = ContinuousClock.now + limit * Patience.factor
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      throw TestFailure("\(fileID):\(line): not within \(limit): \(expectation())")
    }
    usleep(2_000)
  }
}
