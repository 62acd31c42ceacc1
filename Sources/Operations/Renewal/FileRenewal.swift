import Logging
import Loop

/// Reads files with secrets and certificates again: when they change, when Redis cannot be connected
/// to, and when an operator asks. Where they cannot be used, what was read before stays in force.
///
/// Confined to the back office. Reading a file blocks it, as it does at the start.
package final class FileRenewal {
  /// Files that belong together, and what becomes of them.
  package struct Subject {
    /// What the log calls what is in them: `the password of Redis`.
    let name: String
    /// Their paths.
    let files: [String]
    /// Reads them and puts what they contain in force, or throws a sentence that says what is wrong.
    let renew: () throws -> Void

    /// Files that `renew` reads.
    package init(_ name: String, files: [String], renew: @escaping () throws -> Void) {
      self.name = name
      self.files = files
      self.renew = renew
    }
  }

  /// Called when other contents may be in force: what was refused may be let in now.
  package var renewed: () -> Void = {}

  /// Between two looks at the files.
  private static let interval = Duration.milliseconds(500)

  private let loop: Loop
  private let log: Log
  private let takeRefusal: () -> Bool
  private let subjects: [Subject]
  private var machines: [RenewalMachine<FileStamp>]

  /// Looks at the files for the first time; what was read from a pipe cannot be read again.
  ///
  /// - Parameter takeRefusal: Whether a connection to Redis could not be made since it was called last.
  package init(
    _ subjects: [Subject], on loop: Loop, log: Log, takeRefusal: @escaping () -> Bool
  ) {
    self.loop = loop
    self.log = log
    self.takeRefusal = takeRefusal
    self.subjects = subjects.filter { subject in
      !subject.files.isEmpty && subject.files.allSatisfy { FileStamp($0)?.isRegular != false }
    }
    machines = self.subjects.map { RenewalMachine($0.files.map { FileStamp($0) }) }
  }

  /// Looks at the files now and twice a second, if there are any.
  package func start() {
    if subjects.isEmpty { return }
    let isRefused = takeRefusal()
    for (place, subject) in subjects.enumerated() {
      let stamps = subject.files.map { FileStamp($0) }
      let cause = machines[place].looked(stamps, isRefused: isRefused, at: loop.now)
      if let cause { read(place, because: cause) }
    }
    loop.schedule(after: Self.interval) { [self] in start() }
  }

  /// Reads all files now: an operator asks for it.
  package func readAll() {
    if subjects.isEmpty { log.info("asked to read files again, and there are none") }
    for place in subjects.indices {
      read(place, because: machines[place].requested(at: loop.now))
    }
  }

  private func read(_ place: Int, because cause: RenewalMachine<FileStamp>.Cause) {
    let subject = subjects[place]
    let files = subject.files.joined(separator: " ")
    do {
      if let pipe = subject.files.first(where: { FileStamp($0)?.isRegular == false }) {
        throw NoFile(path: pipe)
      }
      try subject.renew()
      if machines[place].succeeded(cause) {
        log.info(
          "files were read again, and what they contain is in force",
          ["what": .text(subject.name), "files": .text(files)])
      }
      // What is refused is tried again soon enough without the same files being read.
      if cause != .refusal { renewed() }
    } catch {
      guard machines[place].failed(cause, because: "\(error)") else { return }
      log.error(
        "files that were read again cannot be used; what was read before stays in force",
        [
          "what": .text(subject.name), "files": .text(files), "error": .text("\(error)"),
          "do": "put good files there: usher would not start with these",
        ])
    }
  }
}

/// What is at `path` might block the thread that reads it.
private struct NoFile: Error, CustomStringConvertible {
  let path: String

  var description: String { "\(path) is no regular file" }
}

@available(*, unavailable, message: "a FileRenewal belongs to its loop's thread")
extension FileRenewal: Sendable {}
