import Glibc
import Logging
import Loop

/// A `redis-server` of our own: a child process that listens on a private Unix socket in the data
/// directory, writes every change to its append-only file there, is started again when it dies, and
/// does not outlive us.
///
/// The last holds also when we are killed without a chance to stop it: `setpriv` of util-linux,
/// which asks the kernel to send the child a SIGTERM when the thread that started it is gone,
/// starts it. That thread is the loop's, which must therefore live as long as the process. Where
/// `setpriv` is missing, a server that was left behind keeps the directory locked, and the next
/// usher says so instead of starting a second one.
///
/// What the server says goes to our log, because that is where people look when it does not start:
/// its warnings as warnings, its last words with the news of its death, the rest at `debug`.
package final class EmbeddedRedis {
  /// Where the server listens, also while it is not running.
  package let address: SocketAddress

  /// Called when the tail of the append-only file had to be cut off; see ``DamagedTail``.
  package var tailCut: () -> Void = {}

  /// The server's process, while there is one.
  package var pid: Int32? { child?.pid }

  private let loop: Loop
  private let log: Log
  private let directory: DataDirectory
  private let program: ServerProgram
  private var supervisor = Supervisor()
  private var child: WatchedProcess?
  private var output: ProcessOutput?
  private var parser = RedisLogParser()
  private var repair: TailRepair?
  private var timer: Loop.TimerID?
  private var stopped: (() -> Void)?

  /// Finds the program and locks the data directory, waiting a little for the server of an usher
  /// that has just gone. Nothing runs before ``start()``.
  package convenience init(directory: String, loop: Loop, log: Log) throws(EmbeddedRedisError) {
    try self.init(
      directory: directory, loop: loop, log: log, patience: .seconds(5),
      searchPath: getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin")
  }

  init(
    directory: String, loop: Loop, log: Log, patience: Duration, searchPath: String
  ) throws(EmbeddedRedisError) {
    guard let program = ServerProgram(searchPath: searchPath) else { throw .noServer }
    self.program = program
    self.directory = try DataDirectory(directory, patience: patience)
    guard let address = SocketAddress("unix:\(self.directory.path)/redis.sock") else {
      throw .pathTooLong(directory)
    }
    self.address = address
    self.loop = loop
    self.log = log
  }

  deinit {
    cancelTimer()
  }

  /// Starts the server, and from now on starts it again whenever it dies.
  package func start() {
    if !program.diesWithParent {
      log.warn("there is no setpriv: redis-server will outlive an usher that is killed")
    }
    perform(supervisor.begin(at: .now))
  }

  /// Stops the server, which first writes what it has, and calls `completion` on the loop's thread
  /// when it is gone. To be called once.
  package func stop(_ completion: @escaping () -> Void) {
    stopped = completion
    parser.stopBegan()
    perform(supervisor.stop(at: .now))
  }

  private func perform(_ action: Supervisor.Action) {
    switch action {
    case .nothing: break
    case .start: launch()
    case .repair: beginRepair()
    case .pause(let until):
      setTimer(until) { [unowned self] in perform(supervisor.pauseEnded(at: .now)) }
    case .terminate(let patience):
      child?.send(SIGTERM)
      setTimer(patience) { [unowned self] in perform(supervisor.patienceEnded()) }
    case .kill:
      log.warn("redis-server does not end and is killed")
      child?.send(SIGKILL)
    case .finish:
      repair = nil
      cancelTimer()
      stopped?()
      stopped = nil
    }
  }

  private func launch() {
    do {
      parser.startBegan()
      let output = try ProcessOutput(on: loop) { [unowned self] line in
        log.log(parser.heard(line), "redis-server says", ["line": .text(line)])
      }
      child = try output.withChildsEnd { descriptor throws(SystemError) in
        try WatchedProcess(
          path: program.path, arguments: program.arguments(directory: directory.path),
          output: descriptor, heirloom: directory.lock.raw, on: loop
        ) { [unowned self] ending in exited(ending) }
      }
      self.output = output
      log.info(
        "redis-server started", ["pid": .integer(Int(pid ?? 0)), "address": "\(address)"])
    } catch {
      log.error("redis-server cannot be started", ["error": "\(error)"])
      perform(supervisor.startFailed(at: .now))
    }
  }

  private func exited(_ ending: WatchedProcess.ExitStatus) {
    child = nil
    output?.read()
    output = nil
    let isDamaged = TailRepair.damagedFile(in: parser.lastWords) != nil
    let action = supervisor.exited(at: .now, filesAreDamaged: isDamaged)
    if action == .finish {
      log.info("redis-server ended", ["ending": "\(ending)"])
    } else {
      log.error(
        "redis-server died and will be started again",
        ["ending": "\(ending)", "last_words": .text(parser.lastWords)])
    }
    perform(action)
  }

  private func beginRepair() {
    guard let file = TailRepair.damagedFile(in: parser.lastWords), let checker = program.checker
    else {
      return repaired(.refused("there is no redis-check-aof"))
    }
    do {
      repair = try TailRepair(of: file, in: directory, with: checker, on: loop) {
        [unowned self] outcome in repaired(outcome)
      }
    } catch {
      repaired(.refused("redis-check-aof cannot be started: \(error)"))
    }
  }

  private func repaired(_ outcome: TailRepair.Outcome) {
    repair = nil
    switch outcome {
    case .cut(let bytes, let file, let copy):
      tailCut()
      log.error(
        "a power cut left zeros at the end of the append-only file; they are cut off, and Redis has "
          + "everything that stood before them",
        ["file": .text(file), "bytes": .integer(bytes), "copy": .text(copy)])
    case .refused(let reason):
      log.error(
        "redis-server cannot read its append-only file, and it is not safe to repair it unasked",
        [
          "reason": .text(reason),
          "do": .text(
            "stop usher, copy \(directory.path)/appendonlydir, then run redis-check-aof --fix "
              + "\(directory.path)/appendonlydir/appendonly.aof.manifest: it forgets all that stands "
              + "behind the damage"),
        ])
    }
    perform(supervisor.repairEnded(at: .now))
  }

  private func setTimer(_ deadline: Instant, _ action: @escaping () -> Void) {
    cancelTimer()
    timer = loop.schedule(at: deadline, action)
  }

  private func cancelTimer() {
    if let timer { loop.cancel(timer) }
    timer = nil
  }
}

@available(*, unavailable, message: "an EmbeddedRedis belongs to its loop's thread")
extension EmbeddedRedis: Sendable {}
