import Loop
import Queue
import Redis
import TestSupport

@testable import Seats

/// A box office on a loop and a pool of its own, in front of a real Redis.
///
/// Belongs to the test's thread, which turns the loop while it waits for something.
final class OfficeUnderTest {
  let server: RedisServer
  let redis: RedisConnection
  let loop: Loop
  let pool: Pool
  let office: BoxOffice
  let maintenance: SeatMaintenance
  let planner: SeatPlanner
  let signer: TokenSigner
  let event = EventID("e")!

  init(
    _ settings: SeatSettings = SeatSettings(), scripts: SeatScripts = SeatScripts()
  ) throws {
    server = try RedisServer()
    redis = try server.connect()
    loop = try Loop()
    guard case .unix(let path) = server.socket else { throw TestFailure("no Unix socket") }
    var pooling = PoolSettings()
    pooling.timeout = .seconds(5)
    pooling.wait = .seconds(5)
    pool = Pool(
      loop: loop, resolver: try Resolver(loop: loop),
      endpoint: Endpoint(address: .unix(path: path)), settings: pooling)
    signer = TokenSigner(current: try TokenSecret(bytes: Array("a secret of the tests".utf8)))
    let store = StoreKnowledge(lifetime: settings.eventTTL)
    office = BoxOffice(
      loop: loop, redis: pool, signer: signer, settings: settings, store: store,
      scripts: scripts)
    maintenance = SeatMaintenance(
      redis: pool, settings: settings, store: store, scripts: scripts)
    planner = SeatPlanner(redis: pool, settings: settings, store: store, scripts: scripts)
  }

  deinit {
    var isClosed = false
    pool.close { isClosed = true }
    try? wait("the pool is closed") { isClosed }
  }

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
  ) throws -> Outcome {
    var results: [Result<Outcome, RedisError>] = []
    start { results.append($0) }
    try wait("it is over") { !results.isEmpty }
    return try results[0].get()
  }

  /// A grant of this very moment.
  func grant(_ user: String, event: String = "e", lifetime: Int = 30) -> String {
    signer.sign(
      Grant(
        event: EventID(event)!, user: UserID(user)!, admittedAt: WallClock.milliseconds * 1000,
        lifetimeSeconds: lifetime))
  }

  @discardableResult
  func put(_ seats: [String]) throws -> SeatPlanOutcome {
    try result { planner.put(seats.map { SeatID($0)! }, at: event, $0) }
  }

  func hold(_ seats: String..., grant: String) throws -> HoldOutcome {
    try result { office.hold(seats.map { SeatID($0)! }, of: event, grant: grant, $0) }
  }

  func held(_ seats: String..., as user: String) throws -> HeldSeats {
    let seats = seats.map { SeatID($0)! }
    let outcome = try result { office.hold(seats, of: event, grant: grant(user), $0) }
    guard case .held(let held) = outcome else { throw TestFailure("\(outcome)") }
    return held
  }

  func map(after: Int64 = 0, limit: Int = 1000, knowing known: Int64? = nil) throws -> MapOutcome {
    try result { office.map(of: event, after: after, limit: limit, knowing: known, $0) }
  }

  func page(after: Int64 = 0, limit: Int = 1000) throws -> SeatPage {
    guard case .page(let page) = try map(after: after, limit: limit) else {
      throw TestFailure("no page")
    }
    return page
  }
}
