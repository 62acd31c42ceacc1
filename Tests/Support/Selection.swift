import Foundation
import Testing

// What a suite is, for the runs that leave something out. `swift test` cannot filter by tag (6.3), so
// the trait `selected` does: a suite that is left out is reported as skipped.
extension Tag {
  /// Starts the real usher and looks at it from outside.
  @Tag package static var acceptance: Self
  /// Stops, kills or slows down servers.
  @Tag package static var fault: Self
  /// Starts the six nodes of a cluster.
  @Tag package static var cluster: Self
  /// Waits minutes for real alerts.
  @Tag package static var incident: Self
  /// Computes for minutes on threads that share nothing, where ThreadSanitizer can find nothing.
  @Tag package static var computation: Self
  /// Does more with `deploy/test --long`: see ``Selection/amount(normal:long:)``.
  @Tag package static var long: Self
}

extension Trait where Self == ConditionTrait {
  /// Skips each suite and each test in here that has a tag which this run leaves out.
  package static var selected: Self {
    .enabled("its tag is in USHER_TEST_WITHOUT") { Selection.includes(Test.current?.tags ?? []) }
  }
}

/// What belongs to this run of the tests, as `deploy/test` says in environment variables.
package enum Selection {
  /// `USHER_TEST_WITHOUT`: the names of tags, with spaces between them.
  private static let withoutTags = Set(
    (ProcessInfo.processInfo.environment["USHER_TEST_WITHOUT"] ?? "")
      .split(separator: " ").map { ".\($0)" })

  /// `USHER_TEST_LONG`: whether long tests run in full.
  private static let isLong = ProcessInfo.processInfo.environment["USHER_TEST_LONG"] != nil

  /// Whether tests with this tag run.
  package static func includes(_ tag: Tag) -> Bool { includes([tag]) }

  /// Whether tests with these tags run: with none that is left out.
  static func includes(_ tags: Set<Tag>) -> Bool {
    withoutTags.isDisjoint(with: tags.map { "\($0)" })
  }

  /// How much a test with the tag ``Testing/Tag/long`` does: `long` is what the README promises, and
  /// `normal` what fits into about a minute and always runs.
  package static func amount<Value>(normal: Value, long: Value) -> Value {
    isLong ? long : normal
  }
}
