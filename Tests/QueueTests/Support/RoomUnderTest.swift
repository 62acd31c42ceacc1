import Loop
import Redis
import TestSupport

@testable import Queue

/// A waiting room on a loop and a pool of its own, in front of a real Redis.
///
/// Belongs to the test's thread, which turns the loop while it waits for something.
final class RoomUnderTest {
  let server: RedisServer
  let redis: RedisConnection
  let loop: Loop
  let pool: Pool
  /// What the room sent, and when.
  let recorder: Recorder
  let room: WaitingRoom
  let signer: TokenSigner
  let event = EventID("e")!
  var keys: EventKeys { EventKeys(event) }

  /// A room before `server`, or before one of its own.
  init(
    _ settings: QueueSettings = QueueSettings(), server: RedisServer? = nil, signs: Bool = true
  ) throws {
    self.server = try server ?? RedisServer()
    redis = try self.server.connect()
    loop = try Loop()
    guard case .unix(let path) = self.server.socket else { throw TestFailure("no Unix socket") }
    var pooling = PoolSettings()
    pooling.timeout = .seconds(2)
    pooling.wait = .seconds(2)
    pool = Pool(
      loop: loop, resolver: try Resolver(loop: loop),
      endpoint: Endpoint(address: .unix(path: path)),
      settings: pooling)
    signer = TokenSigner(current: try TokenSecret(bytes: Array("a secret of the tests".utf8)))
    recorder = Recorder(pool)
    room = WaitingRoom(
      loop: loop, redis: recorder, signer: signs ? signer : nil, settings: settings)
  }

  deinit {
    var isClosed = false
    pool.close { isClosed = true }
    try? wait("the pool is closed") { isClosed }
  }

  // MARK: The loop

  /// Turns the loop until `condition` holds.
  func wait(
    _ expectation: String, within limit: Duration = .seconds(20), for condition: () -> Bool
  ) throws {
    let deadline = Instant.now + limit
    while !condition() {
      guard Instant.now < deadline else { throw TestFailure("not within \(limit): \(expectation)") }
      try loop.turn(waitingAtMost: .milliseconds(100))
    }
  }

  /// Starts something, and turns the loop until it is over.
  func result<Outcome>(
    _ start: (@escaping (Result<Outcome, RedisError>) -> Void) -> Void
  ) throws -> Result<Outcome, RedisError> {
    var results: [Result<Outcome, RedisError>] = []
    start { results.append($0) }
    try wait("it is over") { !results.isEmpty }
    return results[0]
  }

  // MARK: People

  func join(_ user: String) throws -> JoinOutcome {
    try result { room.join(event, UserID(user)!, $0) }.get()
  }

  /// Joins in one turn of the loop; the places in that order.
  func joinTogether(_ users: [String]) throws -> [Place] {
    var outcomes: [Int: JoinOutcome] = [:]
    for (number, user) in users.enumerated() {
      room.join(event, UserID(user)!) { outcomes[number] = try? $0.get() }
    }
    try wait("all have joined") { outcomes.count == users.count }
    return try users.indices.map { number in
      guard case .joined(let place)? = outcomes[number] else {
        throw TestFailure("\(users[number]): \(outcomes[number] as Any)")
      }
      return place
    }
  }

  func status(_ token: String) throws -> StatusOutcome {
    try result { room.status(of: token, $0) }.get()
  }

  func standing(_ token: String) throws -> Standing {
    guard case .waiting(let standing) = try status(token) else {
      throw TestFailure("does not wait")
    }
    return standing
  }

  func enter(_ token: String) throws -> EnterOutcome {
    try result { room.enter(with: token, $0) }.get()
  }

  func leave(_ token: String) throws -> LeaveOutcome {
    try result { room.leave(with: token, $0) }.get()
  }

  // MARK: What Redis saw

  /// How many commands of a name Redis has run since the start, those of scripts included.
  func calls(of command: String) throws -> Int {
    let statistics = try redis.send("INFO", "commandstats").text ?? ""
    let prefix = "cmdstat_\(command):calls="
    let line = statistics.split(separator: "\r\n").first { $0.hasPrefix(prefix) }
    return line.flatMap { Int($0.dropFirst(prefix.count).prefix { $0.isNumber }) } ?? 0
  }
}

/// Passes commands on, and remembers when each script was called.
final class Recorder: RedisClient {
  private let client: any RedisClient
  private(set) var calls: [(script: String, at: Instant)] = []

  init(_ client: any RedisClient) {
    self.client = client
  }

  func send(
    _ command: Redis.Command, _ completion: @escaping (Result<Reply, RedisError>) -> Void
  ) {
    if case .evalsha(let script, _, _) = command { calls.append((script.name, .now)) }
    client.send(command, completion)
  }
}

extension [RedisMonitor.Line] {
  /// What clients sent, without what scripts called.
  var sent: [RedisMonitor.Line] { filter { !$0.isFromScript } }

  /// The calls of one script.
  func calls(of script: KeyPath<QueueScripts, Script>) -> [RedisMonitor.Line] {
    let sha1 = QueueScripts()[keyPath: script].sha1
    return sent.filter { $0.name == "EVALSHA" && $0.arguments.first == sha1 }
  }
}
