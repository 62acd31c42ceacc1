import Loop

/// Makes an append-only file that Redis refuses one that it takes, if only its tail is damaged: asks
/// `redis-check-aof` up to where the file is good, and cuts off the rest; see ``DamagedTail``.
///
/// Belongs to its loop's thread.
final class TailRepair {
  /// How it ended.
  enum Outcome: Equatable {
    /// The tail was cut off.
    case cut(bytes: Int, file: String, copy: String)
    /// The file was left as it is, and why.
    case refused(String)
  }

  private let file: String
  private let path: String
  private var checker: WatchedProcess?
  private var output: ProcessOutput?
  private var goodBytes: Int64?

  /// Begins to repair `file` in the append-only directory of `directory` with the `redis-check-aof` at
  /// `program`; calls `ended` on the loop's thread, once.
  init(
    of file: String, in directory: borrowing DataDirectory, with program: String, on loop: Loop,
    _ ended: @escaping (Outcome) -> Void
  ) throws(SystemError) {
    self.file = file
    let folder = "\(directory.path)/appendonlydir"
    path = "\(folder)/\(file)"
    let output = try ProcessOutput(on: loop) { [unowned self] line in heard(line) }
    checker = try output.withChildsEnd { descriptor throws(SystemError) in
      try WatchedProcess(
        path: program, arguments: ["\(folder)/appendonly.aof.manifest"], output: descriptor,
        heirloom: directory.lock.raw, on: loop
      ) { [unowned self] _ in
        self.output?.read()
        ended(outcome())
      }
    }
    self.output = output
  }

  /// The file that `words`, the last of a server, say is of a bad format; nil if they say no such thing.
  ///
  /// Source: `aof.c` of Redis 7.0.
  static func damagedFile(in words: String) -> String? {
    let beginning = "Bad file format reading the append only file "
    guard words.hasPrefix(beginning), let colon = words.firstIndex(of: ":") else { return nil }
    let name = words[..<colon].dropFirst(beginning.count)
    return name.isEmpty || name.contains("/") ? nil : String(name)
  }

  /// Up to where `line` of the checker says that `file` is good; nil if it says nothing of it.
  static func goodBytes(of file: String, in line: String) -> Int64? {
    let beginning = "AOF analyzed: filename=\(file), "
    guard line.hasPrefix(beginning) else { return nil }
    let fields = line.dropFirst(beginning.count).split(separator: ", ")
    return fields.first { $0.hasPrefix("ok_up_to=") }
      .flatMap { Int64($0.dropFirst("ok_up_to=".count)) }
  }

  private func heard(_ line: String) {
    goodBytes = Self.goodBytes(of: file, in: line) ?? goodBytes
  }

  private func outcome() -> Outcome {
    guard let goodBytes else { return .refused("redis-check-aof says nothing of \(file)") }
    do {
      guard let tail = try DamagedTail(of: path, after: goodBytes) else {
        return .refused("\(file) is damaged from byte \(goodBytes) on by more than a power cut")
      }
      return .cut(bytes: tail.bytes.count, file: path, copy: try tail.cut(from: path))
    } catch {
      return .refused("\(error)")
    }
  }
}

@available(*, unavailable, message: "a TailRepair belongs to its loop's thread")
extension TailRepair: Sendable {}
