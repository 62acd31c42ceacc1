import Glibc
import Loop

/// A directory that one usher at a time may use.
///
/// Every process with the descriptor holds the lock: us, and the server that inherits it. So a
/// server that outlived its usher keeps the next usher out, too, and two servers never write to the
/// same files.
///
/// Source: `flock(2)`.
struct DataDirectory: ~Copyable {
  /// Its absolute path.
  let path: String
  /// The locked file; closing every copy of it ends the lock.
  let lock: Descriptor

  /// Makes the directory, for this user only, if it is not there, and locks it. If the lock is
  /// taken, waits for at most `patience`: the server of an usher that was just killed needs a
  /// moment to end. It blocks meanwhile, so it is for the time before a loop serves clients.
  init(_ directory: String, patience: Duration) throws(EmbeddedRedisError) {
    let path = try Self.make(directory)
    let lock = try Self.openLock(in: path)
    guard try Self.take(lock.raw, in: path, patience: patience) else {
      throw .directoryInUse(directory, by: Self.lastOwner(in: path))
    }
    Self.sign(lock.raw)
    self.path = path
    self.lock = lock
  }

  /// Makes the directory and those it is in, and says what it is called from the root.
  ///
  /// Source: `mkdir(2)`, `realpath(3)`.
  private static func make(_ directory: String) throws(EmbeddedRedisError) -> String {
    let parts = directory.split(separator: "/")
    for count in 1...max(1, parts.count) {
      let path = (directory.hasPrefix("/") ? "/" : "") + parts.prefix(count).joined(separator: "/")
      if mkdir(path, 0o700) == -1, errno != EEXIST { throw failure("mkdir", directory) }
    }
    guard let path = realpath(directory, nil) else { throw failure("realpath", directory) }
    defer { free(path) }
    return String(cString: path)
  }

  private static func openLock(in path: String) throws(EmbeddedRedisError) -> Descriptor {
    let raw = open(lockFile(in: path), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard raw != -1 else { throw failure("open", path) }
    return Descriptor(owning: raw)
  }

  /// False if another process still has the lock when `patience` is at its end.
  private static func take(
    _ lock: Int32, in path: String, patience: Duration
  ) throws(EmbeddedRedisError) -> Bool {
    let deadline = Instant.now + patience
    while flock(lock, LOCK_EX | LOCK_NB) == -1 {
      guard errno == EWOULDBLOCK || errno == EINTR else { throw failure("flock", path) }
      if Instant.now >= deadline { return false }
      usleep(20_000)
    }
    return true
  }

  /// Leaves word of who has the lock. It is a help for operators; nothing depends on it.
  private static func sign(_ lock: Int32) {
    let text = "\(getpid())\n"
    ftruncate(lock, 0)
    pwrite(lock, text, text.utf8.count, 0)
  }

  private static func lockFile(in path: String) -> String { "\(path)/usher.lock" }

  private static func failure(_ call: String, _ directory: String) -> EmbeddedRedisError {
    .directory(directory, SystemError(call: call, code: errno))
  }

  private static func lastOwner(in path: String) -> Int32? {
    SmallFile.text(lockFile(in: path))?.split(separator: "\n").first.flatMap { Int32($0) }
  }
}
