import Loop
import Queue

/// How sidecars without a configured secret come to share the same ones: through a hash in Redis.
///
/// A sidecar that finds no secret writes one down, and uses it when it has read it back. One that
/// finds a secret missing that it knows (a FLUSHALL, a failover that lost it) writes it down again, so
/// that tokens that people hold stay good, whichever sidecar was first after the loss. All of them verify.
/// The newest signs, as soon as every sidecar must have seen it; those before it end a while later.
struct SecretAgreement {
  /// What one look found in Redis.
  struct Reading {
    /// `queue:secrets`.
    var places: SecretPlaces
    /// `queue:secret`.
    var former: FormerSecret
  }

  /// What `queue:secret` holds, the one secret of version 0.1, if sidecars of that version are about.
  enum FormerSecret: Equatable {
    case unread
    case missing
    case unreadable
    case holds(TokenSecret)
  }

  /// What to do next.
  enum Action: Equatable {
    /// Sign with these, and accept these, from now on.
    case adopt(TokenSecrets)
    /// Write these, all or none; then read again.
    case write([SecretsScript.Change])
    /// `SET NX queue:secret` to this; then read again.
    case writeFormer(TokenSecret)
  }

  /// A moment, by the clock that never jumps and by Redis' clock, which all sidecars share.
  struct Moment {
    let instant: Instant
    /// ms since 1970.
    let time: Int64
  }

  /// How long all sidecars need at most to see what was written down: they look once a second.
  static let spreading = Duration.seconds(2)

  /// The secrets in force; nil until they are known.
  private(set) var secrets: TokenSecrets?

  private struct Known {
    var entry: SecretEntry
    /// From when on every sidecar has seen it.
    let settles: Instant
  }

  private let format: TokenFormat
  private let lifetime: Duration
  private var known: [SecretID: Known] = [:]
  /// The one that `queue:secret` last held.
  private var former: SecretID?
  /// What this sidecar would have all use, if there is nothing else.
  private var proposal: SecretEntry?

  /// - Parameter lifetime: How long what is signed with a secret may be of use.
  init(format: TokenFormat, lifetime: Duration) {
    self.format = format
    self.lifetime = lifetime
  }

  /// Redis was read.
  ///
  /// - Parameters:
  ///   - mayPropose: Whether a secret may be made now, if there is none. One that is known is written
  ///     down again in any case.
  ///   - make: Makes a secret.
  mutating func read(
    _ reading: Reading, at now: Moment, mayPropose: Bool,
    make: () throws(TokenSecretError) -> TokenSecret
  ) throws(TokenSecretError) -> [Action] {
    learn(reading, at: now)
    var actions: [Action] = []
    if let agreed = agreed(at: now.instant) {
      proposal = nil
      if agreed != secrets { actions.append(.adopt(agreed)) }
      secrets = agreed
    } else if mayPropose, proposal == nil, lacksSecret(reading) {
      proposal = SecretEntry(try make(), birth: now.time)
    }
    var entries = known.values.map(\.entry)
    if mayPropose, format == .version2, lacksSecret(reading), let proposal {
      entries.append(proposal)
    }
    let changes = reading.places.changes(toSay: Self.kept(entries, reading.places.room))
    if !changes.isEmpty { actions.append(.write(changes)) }
    if format == .version1, reading.former == .missing,
      let secret = formerSecret ?? (mayPropose ? proposal?.secret : nil)
    {
      actions.append(.writeFormer(secret))
    }
    return actions
  }

  // MARK: What is known

  private mutating func learn(_ reading: Reading, at now: Moment) {
    let isFirst = known.isEmpty
    for entry in reading.places.entries {
      if known[entry.id] == nil {
        // What was there before this sidecar looked for the first time, the others have seen.
        let isOld = isFirst && now.time - entry.birth >= Self.spreading.milliseconds
        known[entry.id] = Known(
          entry: entry, settles: isOld ? now.instant : now.instant + Self.spreading)
      } else {
        known[entry.id]?.entry.merge(entry)
      }
    }
    if case .holds(let secret) = reading.former {
      former = secret.id
      if known[secret.id] == nil {
        known[secret.id] = Known(
          entry: SecretEntry(secret, birth: 0),
          settles: isFirst ? now.instant : now.instant + Self.spreading)
      }
    }
    giveEnds(reading, at: now)
    forget(reading, at: now.time)
  }

  /// A secret ends when nothing is left that it may have signed.
  private mutating func giveEnds(_ reading: Reading, at now: Moment) {
    guard reading.former != .unread,
      let newest = live.last(where: { $0.settles <= now.instant })?.entry
    else { return }
    for secret in live where secret.entry.isOlder(than: newest) && secret.entry.end == 0 {
      let isInUse = secret.entry.id == former && isFormerInUse(reading)
      if !isInUse { known[secret.entry.id]?.entry.end = now.time + lifetime.milliseconds }
    }
  }

  private func isFormerInUse(_ reading: Reading) -> Bool {
    if case .holds = reading.former { return true }
    return format == .version1
  }

  private mutating func forget(_ reading: Reading, at time: Int64) {
    let kept = Set(Self.kept(known.values.map(\.entry), reading.places.room).map(\.id))
    known = known.filter { id, secret in
      if id == former, isFormerInUse(reading) { return true }
      return kept.contains(id) && !secret.entry.hasEnded(at: time)
    }
  }

  /// Those of `entries` for which there is room: the newest secrets, and then who was revoked last.
  private static func kept(_ entries: [SecretEntry], _ room: Int) -> [SecretEntry] {
    let sorted = entries.sorted { left, right in
      (left.secret == nil) == (right.secret == nil)
        ? right.isOlder(than: left) : right.secret == nil
    }
    return Array(sorted.prefix(room))
  }

  /// What is not revoked, the oldest first.
  private var live: [Known] {
    known.values.filter { $0.entry.secret != nil }.sorted { $0.entry.isOlder(than: $1.entry) }
  }

  // MARK: What follows

  private func agreed(at now: Instant) -> TokenSecrets? {
    let live = live
    let present = live.first { $0.entry.secret == secrets?.current }
    var signing: Known?
    switch format {
    case .version1:
      let named = live.first { $0.entry.id == former }
      signing = named.flatMap { $0.settles <= now ? $0 : nil } ?? present ?? named
    case .version2:
      signing = live.last { $0.settles <= now } ?? present ?? live.last
    }
    return signing?.entry.secret.map {
      TokenSecrets(current: $0, all: live.compactMap(\.entry.secret))
    }
  }

  /// Whether there is no secret at all, so that one must be made. With tokens of version 0.1 it goes to
  /// its key first.
  private func lacksSecret(_ reading: Reading) -> Bool {
    guard live.isEmpty else { return false }
    return switch reading.former {
    // There may be one, or there should be.
    case .unread, .unreadable: false
    case .missing: true
    // It is revoked; who needs its key must free it.
    case .holds: format == .version2
    }
  }

  /// What `queue:secret` should hold where it is missing: what it held, or else what all know.
  private var formerSecret: TokenSecret? {
    former.flatMap { known[$0]?.entry.secret } ?? live.last?.entry.secret
  }
}
