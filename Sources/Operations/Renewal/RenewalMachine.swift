import Loop

/// Decides when files that belong together, such as a certificate and its key, are read again, apart
/// from looking at them: what was seen goes in, with the time, and why to read comes out.
///
/// `Stamp` tells one content of a file from another; nil is no file.
struct RenewalMachine<Stamp: Equatable> {
  /// Why the files are to be read.
  enum Cause: Equatable {
    /// They may have changed since the start read them.
    case beginning
    /// They have changed.
    case change
    /// An operator asked for it.
    case request
    /// Redis let a connection of ours not come about: perhaps it knows newer files.
    case refusal
  }

  /// What cannot be connected to does not have the files read more often than this.
  static var refusalPause: Duration { .seconds(5) }

  private var known: [Stamp?]
  private var latest: [Stamp?]?
  private var readAt: Instant?
  private var lastProblem: String?

  /// Files that looked like this soon after the start had read them.
  init(_ stamps: [Stamp?]) {
    known = stamps
  }

  /// The files were looked at. A change counts when two looks in a row have seen the same: a
  /// certificate and its key are written one after the other.
  ///
  /// - Parameter isRefused: Whether a connection to Redis could not be made since the last look.
  mutating func looked(_ stamps: [Stamp?], isRefused: Bool, at now: Instant) -> Cause? {
    let isSettled = stamps == latest
    latest = stamps
    if stamps != known { return isSettled ? read(at: now, because: .change) : nil }
    guard let readAt else { return read(at: now, because: .beginning) }
    return isRefused && now - readAt >= Self.refusalPause ? read(at: now, because: .refusal) : nil
  }

  /// An operator wants the files to be read now.
  mutating func requested(at now: Instant) -> Cause {
    read(at: now, because: .request)
  }

  /// The files that were read are good; true if the log should say so.
  mutating func succeeded(_ cause: Cause) -> Bool {
    let wasBad = lastProblem != nil
    lastProblem = nil
    return cause == .change || cause == .request || wasBad
  }

  /// The files that were read cannot be used; true if the log should say so: once a change.
  mutating func failed(_ cause: Cause, because problem: String) -> Bool {
    let isNews = problem != lastProblem
    lastProblem = problem
    return isNews || cause == .change || cause == .request
  }

  private mutating func read(at now: Instant, because cause: Cause) -> Cause {
    known = latest ?? known
    readAt = now
    return cause
  }
}
