import Loop
import Queue
import Testing

@testable import Operations

/// One sidecar, and what it finds in Redis: event by event.
private struct Sidecar {
  var agreement: SecretAgreement
  var redis = FakeRedis()
  /// ms since 1970, and since the sidecar's start.
  var time: Int64 = 1_800_000_000_000
  var mayPropose = true
  var secretsMade: [TokenSecret] = []

  init(_ format: TokenFormat = .version2) {
    agreement = SecretAgreement(format: format, lifetime: .seconds(3600))
  }

  /// Looks once, and does what that asks for; what it was.
  @discardableResult
  mutating func look(former: SecretAgreement.FormerSecret? = nil) throws
    -> [SecretAgreement.Action]
  {
    let now = SecretAgreement.Moment(instant: Instant(nanoseconds: time * 1_000_000), time: time)
    let reading = SecretAgreement.Reading(
      places: SecretPlaces(redis.places), former: former ?? redis.former)
    let next = try TokenSecret(bytes: Array("made by this sidecar \(secretsMade.count)".utf8))
    var isMade = false
    let actions = try agreement.read(reading, at: now, mayPropose: mayPropose) {
      () throws(TokenSecretError) in
      isMade = true
      return next
    }
    if isMade { secretsMade.append(next) }
    for action in actions { redis.carryOut(action) }
    return actions
  }

  /// Looks until there is nothing left to do.
  mutating func settle() throws {
    for _ in 0..<4 where try look().isEmpty { return }
    #expect(try look() == [])
  }

  mutating func pass(_ seconds: Int64) { time += seconds * 1000 }

  var secrets: TokenSecrets? { agreement.secrets }
}

/// `queue:secrets` and `queue:secret`.
private struct FakeRedis {
  var places: [[UInt8]?] = Array(repeating: nil, count: 8)
  var formerBytes: [UInt8]?

  var former: SecretAgreement.FormerSecret {
    guard let formerBytes else { return .missing }
    return (try? TokenSecret(bytes: formerBytes)).map { .holds($0) } ?? .unreadable
  }

  var texts: [String] { places.compactMap { $0.map { String(decoding: $0, as: UTF8.self) } } }

  var entries: [SecretEntry] { SecretPlaces(places).entries }

  mutating func carryOut(_ action: SecretAgreement.Action) {
    switch action {
    case .adopt: break
    case .write(let changes):
      let isAsRead = changes.allSatisfy { (places[Int($0.place)! - 1] ?? []) == $0.found }
      for change in changes where isAsRead {
        places[Int(change.place)! - 1] = Array(change.text.utf8)
      }
    case .writeFormer(let secret): formerBytes = formerBytes ?? secret.bytes
    }
  }

  mutating func put(_ secret: TokenSecret, birth: Int64, at place: Int) {
    places[place] = Array(SecretEntry(secret, birth: birth).text.utf8)
  }
}

@Suite("SecretAgreement")
struct SecretAgreementTests {
  private let made: [TokenSecret]

  init() throws {
    made = try (0..<32).map { try TokenSecret(bytes: Array(repeating: UInt8($0), count: 32)) }
  }

  private func secret(_ number: Int) -> TokenSecret { made[number] }

  // MARK: The first secret

  @Test("the first sidecar writes a secret down, and adopts what it then reads")
  func first() throws {
    var sidecar = Sidecar()
    let actions = try sidecar.look()
    #expect(sidecar.secrets == nil)
    guard case .write(let changes)? = actions.first, actions.count == 1 else {
      Issue.record("\(actions)")
      return
    }
    #expect(changes.map(\.place) == ["1"])
    let own = sidecar.secretsMade[0]
    #expect(try sidecar.look() == [.adopt(TokenSecrets(current: own))])
    #expect(try sidecar.look() == [])
    #expect(sidecar.redis.entries == [SecretEntry(own, birth: sidecar.time)])
  }

  @Test("a sidecar that loses the race adopts the winner's secret, and forgets its own")
  func race() throws {
    var sidecar = Sidecar()
    let winner = secret(2)
    let before = sidecar.redis
    try sidecar.look()
    sidecar.redis = before
    sidecar.redis.put(winner, birth: sidecar.time, at: 0)
    #expect(try sidecar.look() == [.adopt(TokenSecrets(current: winner))])
    #expect(try sidecar.look() == [])
    #expect(sidecar.redis.entries.map(\.secret) == [winner])
  }

  @Test("while others may speak first nothing is made, but what they say is adopted")
  func grace() throws {
    var sidecar = Sidecar()
    sidecar.mayPropose = false
    #expect(try sidecar.look() == [])
    sidecar.redis.put(secret(2), birth: 1, at: 3)
    #expect(try sidecar.look() == [.adopt(TokenSecrets(current: secret(2)))])
    // And a loss is made good at once.
    sidecar.redis = FakeRedis()
    try sidecar.look()
    #expect(sidecar.redis.entries.map(\.secret) == [secret(2)])
    #expect(sidecar.secretsMade.isEmpty)
  }

  @Test("what is no secret is left alone, and is no reason to make one in its place")
  func unreadable() throws {
    var sidecar = Sidecar()
    sidecar.redis.formerBytes = [1, 2, 3]
    #expect(try sidecar.look() == [])
    sidecar.redis = FakeRedis()
    sidecar.redis.places[0] = Array("who wrote this?".utf8)
    try sidecar.settle()
    #expect(sidecar.redis.places[0] == Array("who wrote this?".utf8))
    #expect(sidecar.secrets?.current == sidecar.secretsMade[0])
    #expect(SecretPlaces(sidecar.redis.places).unreadable == ["1"])
  }

  // MARK: After a loss

  @Test("a secret that was lost is written down again, not replaced")
  func lost() throws {
    var sidecar = Sidecar()
    try sidecar.settle()
    let before = sidecar.redis.texts
    sidecar.redis = FakeRedis()
    try sidecar.settle()
    #expect(sidecar.redis.texts == before)
    #expect(sidecar.secretsMade.count == 1)
  }

  @Test("a sidecar that was first after a loss voids nothing: all secrets verify everywhere")
  func newcomerWins() throws {
    var old = Sidecar()
    try old.settle()
    old.pass(10)
    var new = Sidecar()
    new.time = old.time
    new.secretsMade = [old.secretsMade[0]]
    try new.settle()
    let (former, later) = (old.secretsMade[0], new.secretsMade[1])
    #expect(former != later)

    old.redis = new.redis
    try old.look()
    #expect(old.secrets == TokenSecrets(current: former, all: [former, later]))
    new.redis = old.redis
    new.pass(1)
    try new.look()
    #expect(new.secrets == TokenSecrets(current: later, all: [former, later]))
    // When all have seen it, the newest signs.
    old.pass(2)
    try old.settle()
    #expect(old.secrets == TokenSecrets(current: later, all: [former, later]))
    #expect(old.redis.entries.map(\.secret).contains(former))
  }

  @Test("a newer secret signs only when every sidecar has seen it")
  func spreading() throws {
    var sidecar = Sidecar()
    try sidecar.settle()
    let own = sidecar.secretsMade[0]
    sidecar.pass(5)
    sidecar.redis.put(secret(2), birth: sidecar.time, at: 1)
    try sidecar.look()
    #expect(sidecar.secrets == TokenSecrets(current: own, all: [own, secret(2)]))
    sidecar.pass(1)
    try sidecar.look()
    #expect(sidecar.secrets?.current == own)
    sidecar.pass(1)
    try sidecar.look()
    #expect(sidecar.secrets?.current == secret(2))
  }

  @Test("at the first look the newest of those that have been there signs")
  func firstLook() throws {
    var sidecar = Sidecar()
    sidecar.redis.put(secret(1), birth: 1, at: 0)
    sidecar.redis.put(secret(2), birth: sidecar.time - 5000, at: 1)
    sidecar.redis.put(secret(3), birth: sidecar.time - 500, at: 2)
    try sidecar.look()
    #expect(sidecar.secrets?.current == secret(2))
    #expect(sidecar.secrets?.all == [secret(1), secret(2), secret(3)])
  }

  // MARK: Ends

  @Test("a secret ends when nothing is left that it signed, and not while it is the newest")
  func ends() throws {
    var sidecar = Sidecar()
    try sidecar.settle()
    let own = sidecar.secretsMade[0]
    sidecar.pass(100_000)
    try sidecar.settle()
    #expect(sidecar.secrets == TokenSecrets(current: own))
    sidecar.redis.put(secret(2), birth: sidecar.time, at: 1)
    try sidecar.look()
    sidecar.pass(2)
    try sidecar.settle()
    #expect(sidecar.redis.entries.map(\.end) == [sidecar.time + 3_600_000, 0])
    sidecar.pass(3599)
    try sidecar.settle()
    #expect(sidecar.secrets?.all == [own, secret(2)])
    sidecar.pass(1)
    try sidecar.settle()
    #expect(sidecar.secrets == TokenSecrets(current: secret(2)))
    // Its place is free for another, and after a loss it does not come back.
    sidecar.redis = FakeRedis()
    try sidecar.settle()
    #expect(sidecar.redis.entries.map(\.secret) == [secret(2)])
  }

  @Test("a revoked secret verifies nothing, anywhere, also after a loss or a rollback")
  func revoked() throws {
    var sidecar = Sidecar()
    try sidecar.settle()
    let own = sidecar.secretsMade[0]
    let before = sidecar.redis
    sidecar.redis.places[0] = Array("\(own.id) revoked".utf8)
    try sidecar.settle()
    #expect(sidecar.secretsMade.count == 2)
    #expect(sidecar.secrets == TokenSecrets(current: sidecar.secretsMade[1]))
    for redis in [FakeRedis(), before] {
      sidecar.redis = redis
      try sidecar.settle()
      #expect(sidecar.secrets == TokenSecrets(current: sidecar.secretsMade[1]))
      let tombs = sidecar.redis.entries.filter { $0.secret == nil }
      #expect(tombs.map(\.id) == [own.id])
    }
  }

  @Test("of more than eight the newest stay, and who is revoked makes room")
  func eight() throws {
    var sidecar = Sidecar()
    for place in 0..<8 { sidecar.redis.put(secret(place), birth: 10, at: place) }
    sidecar.redis.places[7] = Array("\(secret(7).id) 10 0 revoked".utf8)
    try sidecar.settle()
    sidecar.redis = FakeRedis()
    for place in 0..<3 {
      sidecar.redis.put(secret(20 + place), birth: 20, at: place)
    }
    try sidecar.settle()
    #expect(sidecar.redis.entries.count == 8)
    #expect(sidecar.redis.entries.count { $0.birth == 20 } == 3)
    #expect(sidecar.redis.entries.allSatisfy { $0.secret != nil })
    #expect(sidecar.secrets?.all.count == 8)
  }

  // MARK: Version 0.1

  @Test("the secret of version 0.1 is taken over, and made by none")
  func takesOver() throws {
    var sidecar = Sidecar()
    sidecar.redis.formerBytes = secret(1).bytes
    #expect(try sidecar.look(former: .unread) == [])
    try sidecar.settle()
    #expect(sidecar.secrets == TokenSecrets(current: secret(1)))
    #expect(sidecar.redis.entries == [SecretEntry(secret(1), birth: 0)])
    #expect(sidecar.secretsMade.isEmpty)
    // Nobody needs its key any more.
    sidecar.redis.formerBytes = nil
    try sidecar.settle()
    #expect(sidecar.redis.formerBytes == nil)
    #expect(sidecar.secrets == TokenSecrets(current: secret(1)))
  }

  @Test("while it is in its key it has no end, whatever is newer")
  func formerHasNoEnd() throws {
    var sidecar = Sidecar()
    sidecar.redis.formerBytes = secret(1).bytes
    sidecar.redis.put(secret(2), birth: 5, at: 0)
    for _ in 0..<3 {
      try sidecar.settle()
      sidecar.pass(100_000)
    }
    #expect(sidecar.secrets == TokenSecrets(current: secret(2), all: [secret(1), secret(2)]))
    sidecar.redis.formerBytes = nil
    try sidecar.settle()
    sidecar.pass(3600)
    try sidecar.settle()
    #expect(sidecar.secrets == TokenSecrets(current: secret(2)))
  }

  @Test("with its tokens, its key's secret signs, and is put back where it was lost")
  func signsAsVersion01() throws {
    var sidecar = Sidecar(.version1)
    sidecar.redis.formerBytes = secret(1).bytes
    sidecar.redis.put(secret(2), birth: 5, at: 0)
    try sidecar.settle()
    #expect(sidecar.secrets?.current == secret(1))
    #expect(sidecar.secrets?.all == [secret(1), secret(2)])
    sidecar.redis = FakeRedis()
    try sidecar.settle()
    #expect(sidecar.redis.formerBytes == secret(1).bytes)
    #expect(Set(sidecar.redis.entries.map(\.id)) == [secret(1).id, secret(2).id])
    // A sidecar of version 0.1 that was first replaces it: the others of its kind follow.
    sidecar.redis.formerBytes = secret(3).bytes
    try sidecar.look()
    #expect(sidecar.secrets?.current == secret(1))
    sidecar.pass(2)
    try sidecar.settle()
    #expect(sidecar.secrets?.current == secret(3))
    #expect(sidecar.secrets?.all.contains(secret(1)) == true)
  }

  @Test("with its tokens and no secret anywhere, one is made in its key, and all know it")
  func makesAsVersion01() throws {
    var sidecar = Sidecar(.version1)
    sidecar.mayPropose = false
    #expect(try sidecar.look() == [])
    sidecar.mayPropose = true
    #expect(try sidecar.look() == [.writeFormer(sidecar.secretsMade[0])])
    try sidecar.settle()
    #expect(sidecar.secrets == TokenSecrets(current: sidecar.secretsMade[0]))
    #expect(sidecar.redis.entries.map(\.secret) == [sidecar.secretsMade[0]])
  }
}

@Suite("A place of queue:secrets")
struct SecretEntryTests {
  private let secret: TokenSecret

  init() throws {
    secret = try TokenSecret(bytes: Array("a secret of the shop".utf8))
  }

  @Test("says what it is of")
  func text() throws {
    var entry = SecretEntry(secret, birth: 5)
    #expect(entry.text == "09bcc7c7 5 0 6120736563726574206f66207468652073686f70")
    #expect(SecretEntry(Array(entry.text.utf8)) == entry)
    (entry.end, entry.secret) = (7, nil)
    #expect(entry.text == "09bcc7c7 5 7 revoked")
    #expect(SecretEntry(Array(entry.text.utf8)) == entry)
    #expect(SecretEntry(Array("09bcc7c7 revoked".utf8))?.secret == nil)
    #expect("\(SecretEntry(secret, birth: 5))" == "09bcc7c7 5 0 hidden")
  }

  @Test(
    "says nothing of any secret",
    arguments: [
      "", " ", "revoked", "09bcc7c7", "09bcc7c7 1 revoked", "09bcc7c7  revoked", "x revoked",
      "09bcc7c7 1 0 6120", "09bcc7c7 -1 0 revoked", "09bcc7c7 1 99999999999999999999 revoked",
      "09bcc7c7 6120736563726574206f66207468652073686f70",
      // The secret of another name, and one in capitals.
      "09bcc7c8 5 0 6120736563726574206f66207468652073686f70",
      "09bcc7c7 5 0 6120736563726574206F66207468652073686F70",
      "09bcc7c7 5 0 revoked\n",
    ])
  func nonsense(text: String) {
    #expect(SecretEntry(Array(text.utf8)) == nil)
  }

  @Test("is the same whoever takes in what of whom")
  func merges() {
    var variants = [SecretEntry(secret, birth: 5), SecretEntry(secret, birth: 0)]
    for end: Int64 in [3, 9] {
      var entry = SecretEntry(secret, birth: 5)
      entry.end = end
      variants.append(entry)
      entry.secret = nil
      variants.append(entry)
    }
    for left in variants {
      for right in variants {
        var (one, other) = (left, right)
        one.merge(right)
        other.merge(left)
        #expect(one == other)
        one.merge(right)
        #expect(one == other)
      }
    }
  }
}
