import Queue

/// What is known of one secret that sidecars have agreed on: what a place of `queue:secrets` says.
///
///     ID BIRTH END SECRET        the id and the secret in hexadecimal digits, the times in ms since 1970
///     ID BIRTH END revoked       nothing that it signed is good any more
///
/// An operator who revokes a secret may leave out the times.
struct SecretEntry: Equatable {
  /// What the secret is called.
  let id: SecretID
  /// When it was made, ms since 1970, by the clock of the sidecar that made it; 0 if it is of version 0.1.
  var birth: Int64
  /// When it stops being good, ms since 1970; 0 while that is not known: newer tokens are signed with it.
  var end: Int64
  /// The secret itself; nil if it is revoked.
  var secret: TokenSecret?

  /// A secret without an end.
  init(_ secret: TokenSecret, birth: Int64) {
    id = secret.id
    self.birth = birth
    end = 0
    self.secret = secret
  }

  /// Nil if `bytes` say nothing of any secret.
  init?(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard let first = words.first, let last = words.last, let id = SecretID(first),
      words.count == 4 || words.count == 2 && last == "revoked"
    else { return nil }
    let times = words.dropFirst().dropLast().map { Int64($0).flatMap { $0 >= 0 ? $0 : nil } }
    guard !times.contains(nil) else { return nil }
    self.id = id
    birth = times.first.flatMap { $0 } ?? 0
    end = times.last.flatMap { $0 } ?? 0
    if last == "revoked" { return }
    guard let bytes = Hexadecimal.decode(last), let secret = try? TokenSecret(bytes: bytes),
      secret.id == id
    else { return nil }
    self.secret = secret
  }

  /// What a place says of it.
  var text: String {
    "\(id) \(birth) \(end) \(secret.map { Hexadecimal.encode($0.bytes) } ?? "revoked")"
  }

  /// Takes in what another sidecar has written of the same secret. In whatever order they do so, all come
  /// to the same: revoked is revoked, and the earlier time counts.
  mutating func merge(_ other: SecretEntry) {
    if other.secret == nil { secret = nil }
    birth = min(birth, other.birth)
    if end == 0 || other.end > 0 && other.end < end { end = other.end }
  }

  /// Whether it is over at `time`, ms since 1970.
  func hasEnded(at time: Int64) -> Bool { end > 0 && end <= time }

  /// Whether it is the older one: by birth, and by name if they are twins.
  func isOlder(than other: SecretEntry) -> Bool {
    (birth, id.description) < (other.birth, other.id.description)
  }
}

extension SecretEntry: CustomStringConvertible {
  /// Without the secret.
  var description: String {
    "\(id) \(birth) \(end) \(secret == nil ? "revoked" : "hidden")"
  }
}
