import Glibc
import Synchronization

/// The log: one line an event, one `write(2)` a line, so that lines of several threads never mix.
///
/// Any thread may write to it. No thread ever waits for it: if the reader of the log is so slow
/// that a line would block, the line is dropped, and the next one that fits says how many were. A
/// level that is not logged costs a comparison, because message and fields are not even made. Lines
/// of different threads may stand in another order than their times: to keep that they would have
/// to wait.
///
/// Never log a whole token, a secret, or anything per request above ``Level/debug``.
package final class Log: Sendable {
  /// How much a line matters.
  package enum Level: String, CaseIterable, Comparable, Sendable {
    /// For an operator who looks for a fault.
    case debug
    /// What happens in a normal life: starts, stops, connections.
    case info
    /// What an operator should look at soon.
    case warn
    /// What should not happen, and has.
    case error

    /// Whether `left` matters less.
    package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .debug: 0
      case .info: 1
      case .warn: 2
      case .error: 3
      }
    }
  }

  /// How a line is written.
  package enum Format: String, CaseIterable, Sendable {
    /// `{"ts":…,"level":…,"msg":…, fields}`.
    case json
    /// Time, level, message, `name=value`.
    case text
  }

  private let level: Level
  private let format: Format
  private let descriptor: Int32
  private let dropped = Atomic<Int>(0)

  /// A log of everything from `level` up, on standard error.
  package convenience init(level: Level, format: Format) {
    self.init(level: level, format: format, descriptor: STDERR_FILENO)
  }

  /// The same on a descriptor that stays open for as long as the log lives.
  init(level: Level, format: Format, descriptor: Int32) {
    self.level = level
    self.format = format
    self.descriptor = descriptor
  }

  /// Logs at ``Level/debug``.
  package func debug(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
  ) {
    log(.debug, message(), fields())
  }

  /// Logs at ``Level/info``.
  package func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:])
  {
    log(.info, message(), fields())
  }

  /// Logs at ``Level/warn``.
  package func warn(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:])
  {
    log(.warn, message(), fields())
  }

  /// Logs at ``Level/error``.
  package func error(
    _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
  ) {
    log(.error, message(), fields())
  }

  /// Logs at a level that is not known beforehand.
  package func log(
    _ level: Level, _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> Fields = [:]
  ) {
    guard level >= self.level else { return }
    guard isWritable else {
      dropped.add(1, ordering: .relaxed)
      return
    }
    let lost = dropped.exchange(0, ordering: .relaxed)
    var members = Array(fields())
    if lost > 0 { members.append(("dropped_lines", .integer(lost))) }
    write(LogLine(time: .now, level: level, message: message(), fields: members).bytes(format))
  }

  /// Whether a line of up to `PIPE_BUF` bytes can be written without waiting.
  ///
  /// The descriptor is not made non-blocking instead, because that would also be so for every other
  /// process that shares it.
  ///
  /// Source: `poll(2)`, `pipe(7)`.
  private var isWritable: Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&request, 1, 0) != 0
  }

  private func write(_ line: [UInt8]) {
    var rest = line[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        // There is no reader left.
        return
      }
    }
  }
}
