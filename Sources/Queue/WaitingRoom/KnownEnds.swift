/// The sessions of one event that have ended before their time, as far as one front knows, and what it
/// has yet to tell Redis of sessions.
struct KnownEnds {
  /// The highest score in `queue:ended` that is known, in ``epoch``.
  private(set) var highest: Int64 = 0
  /// Until when each is refused, ms of Redis time.
  private var ends: [SessionName: Int64] = [:]
  private var epoch = ""
  /// Ends of which Redis has yet to hear, and until when sessions were renewed, likewise.
  private var news: [SessionNews] = []
  private var renewals: [SessionName: Int64] = [:]
  private var nextSweep: Int64 = 0

  /// Whether Redis has yet to hear something.
  var hasNews: Bool { !news.isEmpty || !renewals.isEmpty }
  /// Whether that is as much as one pulse tells, or more.
  var hasMuchNews: Bool { news.count + renewals.count >= SessionNews.limit }

  /// Whether a session, or the grant that it came from, is refused.
  func hasEnded(_ name: SessionName) -> Bool { ends[name] != nil }

  /// A session was renewed, or ended, which it is from now on.
  mutating func note(_ one: SessionNews) {
    guard one.change != .renewed else {
      renewals[one.name] = max(renewals[one.name] ?? 0, one.until)
      return
    }
    news.append(one)
    ends[one.name] = max(ends[one.name] ?? 0, one.until)
  }

  /// Takes what the next pulse is to tell; what it could not goes back by ``restore(_:)``.
  mutating func takeNews() -> [SessionNews] {
    var taken = Array(news.prefix(SessionNews.limit))
    news.removeFirst(taken.count)
    let rest = renewals.prefix(SessionNews.limit - taken.count)
    for (name, until) in rest {
      taken.append(.init(change: .renewed, name: name, until: until))
    }
    if rest.count == renewals.count {
      renewals = [:]
    } else {
      for (name, _) in rest { renewals[name] = nil }
    }
    return taken
  }

  /// Redis may not have heard this.
  mutating func restore(_ taken: [SessionNews]) {
    news.insert(contentsOf: taken.filter { $0.change != .renewed }, at: 0)
    for one in taken where one.change == .renewed { note(one) }
  }

  /// Takes in what a pulse brought at `time`, ms of Redis time, of the event in `epoch`. In another epoch
  /// than before, Redis may have lost what had ended: it is told again, and asked for everything.
  mutating func learn(_ found: [EndedSession], in epoch: String, at time: Int64) {
    if epoch != self.epoch {
      if !self.epoch.isEmpty {
        news += ends.map { .init(change: .remembered, name: $0.key, until: $0.value) }
      }
      self.epoch = epoch
      highest = 0
    }
    for end in found {
      highest = max(highest, end.until)
      ends[end.name] = max(ends[end.name] ?? 0, end.until)
    }
    if time >= nextSweep {
      ends = ends.filter { $0.value > time }
      nextSweep = time + 10_000
    }
  }
}
