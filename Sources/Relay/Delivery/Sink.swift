import Queue

/// Where entries are delivered to. It keeps the position of each delivery beside what was delivered, and
/// changes both or neither.
///
/// Belongs to one loop's thread; each completion is called there, exactly once, never before the call
/// returns.
protocol Sink: AnyObject {
  /// Finds out whether it could take deliveries now; it tells the outcome itself.
  func check()
  /// Takes a course over: from now on everybody who claimed it before writes nothing.
  func claim(_ course: Course, _ completion: @escaping (Result<Claim, SinkFailure>) -> Void)
  /// Writes the entries, all of one epoch, and the position behind them: both or neither.
  func write(
    _ entries: ArraySlice<Entry>, of course: Course, fence: Int64,
    _ completion: @escaping (Result<Void, SinkFailure>) -> Void)
  /// Puts an entry that cannot be delivered to the dead letters, and the position behind it.
  func bury(
    _ entry: Entry, of course: Course, because problem: DeadLetter, fence: Int64,
    _ completion: @escaping (Result<Void, SinkFailure>) -> Void)
}

/// What a sink says when it is claimed.
struct Claim: Equatable, Sendable {
  /// Greater than that of every claim before.
  var fence: Int64
  /// The last entry delivered of each epoch.
  var positions: [String: StreamID]
  /// The epoch whose position moved last; nil if there is none.
  var latest: String?
}

/// Why a sink did not do what it was asked.
enum SinkFailure: Error, Equatable {
  /// It may do so later; it may also have done it.
  case forNow
  /// It will never take these entries as they are, and has not changed anything.
  case forGood(String)
  /// Another relay has claimed the course since.
  case fenced
}

/// Why an entry is among the dead letters.
struct DeadLetter: Equatable, Sendable {
  /// The kinds, as metrics and tables have them.
  enum Reason: String, CaseIterable, Sendable {
    /// It is no text, or its fields are no pairs.
    case malformed
    /// The sink refused it.
    case refused
  }

  var reason: Reason
  /// What the sink said.
  var detail: String
}
