/// Who waits and who is called at some moment of a trail, and what the bucket holds.
struct CallJudge {
  private let grantTTL: Double
  private let flags: (burst: Double, rate: Double)
  private var burst: Double
  private var rate: Double
  private var activeLimit = 0
  private var isPaused = false
  private var tokens: Double
  private var filledAt: Int64?
  private var tickets: [String: Int64] = [:]
  private var called: Set<String> = []
  /// Who let a call end, and is called again out of order.
  private var noShows: Set<String> = []
  /// When people went in, who may be inside yet.
  private var entered: [Int64] = []

  /// - Parameter grantTTL: How long each person is inside, in seconds.
  init(burst: Double, rate: Double, grantTTL: Double) {
    (self.burst, self.rate, tokens) = (burst, rate, burst)
    flags = (burst, rate)
    self.grantTTL = grantTTL
  }

  /// What is wrong about an entry; nil if nothing is.
  mutating func fault(of entry: AuditTrail.Entry) -> String? {
    let seconds = Double(entry.at - (filledAt ?? entry.at)) / 1e6
    tokens = isPaused ? 0 : min(room, tokens + rate * seconds)
    filledAt = entry.at
    let user = entry.user
    switch entry.operation {
    case "join", "resume":
      let ticket = entry.ticket ?? entry.at
      tickets[user] = min(tickets[user] ?? ticket, ticket)
    case "leave":
      endCall(user)
      tickets[user] = nil
    case "park":
      defer { tickets[user] = nil }
      if called.contains(user) { return "\(user) is parked, who is called" }
    case "call": return call(user, at: entry.at)
    case "no_show":
      noShows.insert(user)
      endCall(user)
    case "lapse": endCall(user)
    case "enter": return enter(user, at: entry.at)
    case "loss": (tokens, called, noShows) = (0, [], [])
    case "settings": take(entry.settings ?? [:])
    case "session", "end": break
    default: return "\(entry.operation) of \(user)"
    }
    return nil
  }

  private var room: Double { max(0, burst - Double(called.count)) }

  private mutating func take(_ settings: [String: String]) {
    burst = settings["burst"].flatMap(Double.init) ?? flags.burst
    rate = settings["rate"].flatMap(Double.init) ?? flags.rate
    activeLimit = settings["active_limit"].flatMap { Int($0) } ?? 0
    isPaused = settings["state"] == "paused"
    tokens = isPaused ? 0 : min(room, tokens)
  }

  private mutating func call(_ user: String, at time: Int64) -> String? {
    entered.removeAll { Double(time - $0) / 1e6 > grantTTL }
    defer {
      called.insert(user)
      tokens -= 1
    }
    guard let ticket = tickets[user] else { return "\(user) is called, who does not wait" }
    guard !called.contains(user) else { return "\(user) is called twice" }
    guard !isPaused else { return "\(user) is called in a pause" }
    guard tokens + AuditTrail.rounding >= 1 else {
      return "\(user) is called with \(tokens) tokens"
    }
    if activeLimit > 0, entered.count + called.count >= activeLimit {
      return "\(user) is called beside \(called.count) others and \(entered.count) inside"
    }
    if noShows.contains(user) { return nil }
    let ahead = tickets.first {
      $0.value < ticket && !called.contains($0.key) && !noShows.contains($0.key)
    }
    return ahead.map { "\(user) is called before \($0.key)" }
  }

  private mutating func enter(_ user: String, at time: Int64) -> String? {
    tickets[user] = nil
    guard called.remove(user) != nil else { return "\(user) goes in without a call" }
    // Its token is spent, and so is no room for another.
    tokens = min(room, tokens)
    entered.append(time)
    return isPaused ? "\(user) goes in, in a pause" : nil
  }

  private mutating func endCall(_ user: String) {
    if called.remove(user) != nil { tokens = min(room, tokens + 1) }
  }
}
