@testable import Queue

/// A grant that a person shows.
struct ShownGrant: Equatable {
  let user: String
  /// When it began, and until when it is valid, µs.
  let began: Int64
  let till: Int64
}

/// Who stays inside, by the rules.
extension LineModel {
  /// What is known of sessions.
  struct Sessions {
    /// Whose latest grant has become a session.
    var exchanged: Set<String> = []
    /// Which have ended, and until when each is refused, ms.
    var ended: [SessionName: Int64] = [:]
    /// How many of those who were inside before a loss have shown themselves since.
    var back = 0
  }

  func name(_ user: String, _ began: Int64) -> SessionName {
    SessionName(user: UserID(user)!, grantBegan: began)
  }

  /// Whether the person was admitted again since.
  private func isFollowed(_ user: String, _ began: Int64) -> Bool { grants[user] ?? 0 > began }

  /// One admission is one session, however often its grant is exchanged.
  mutating func exchange(
    _ shown: [ShownGrant], at now: Int64, knowing known: Knowledge
  ) -> [SessionScript.Answer] {
    var call = begin(at: now, knowing: known)
    let valid = shown.filter { call.now < $0.till }.map(\.began)
    var mustSave = noticeLoss(valid.max(), &call)
    if let earliest = valid.min(), noticeLoss(earliest, &call) { mustSave = true }
    learnInside(&call)
    var answers: [SessionScript.Answer] = []
    for grant in shown { answers.append(exchange(grant, &call)) }
    if mustSave || call.isChanged {
      endCalls(&call)
      callNext(&call)
      save(call)
    }
    return answers
  }

  private mutating func exchange(
    _ grant: ShownGrant, _ call: inout Call
  ) -> SessionScript.Answer {
    let (user, began) = (grant.user, grant.began)
    if sessions.ended[name(user, began)] != nil { return .ended }
    if grants[user] == began, sessions.exchanged.contains(user) {
      return insideUntil(user, call).map { .session(until: $0, isNew: false) } ?? .expired
    }
    if call.now >= grant.till || isFollowed(user, began) { return .expired }
    let until = min(
      call.now / 1000 + sessionTTL, began / 1000 + settings.sessionMax.milliseconds)
    putInside(user, began, &call)
    calls.inside[user] = until
    _ = call.tick()
    return .session(until: until, isNew: true)
  }

  private mutating func putInside(_ user: String, _ began: Int64, _ call: inout Call) {
    if insideUntil(user, call) == nil { seeAgain(call) }
    grants[user] = began
    sessions.exchanged.insert(user)
    call.isChanged = true
  }

  private mutating func seeAgain(_ call: Call) {
    if call.now / 1000 < calls.insideUntil, sessions.back < calls.insideLost { sessions.back += 1 }
  }

  /// What a front tells with a pulse.
  mutating func take(_ news: SessionNews, _ call: inout Call) {
    let (user, began) = (news.name.user.text, news.name.grantBegan)
    let now = call.now / 1000
    if sessions.ended[news.name] != nil { return }
    switch news.change {
    case .renewed:
      if isFollowed(user, began) { return }
      putInside(user, began, &call)
      calls.inside[user] = max(calls.inside[user] ?? 0, news.until)
    case .ended:
      let present = insideUntil(user, call)
      if !isFollowed(user, began) {
        if present == nil { seeAgain(call) }
        (calls.inside[user], served[user]) = (present == nil ? calls.inside[user] : nil, nil)
        grants[user] = began
        sessions.exchanged.insert(user)
      }
      // No front renews it for longer before it hears of the end.
      let refusal = max(sessionTTL, settings.grantTTL.milliseconds) + 5000
      noteEnded(news.name, until: max(news.until, present ?? 0, now + refusal), &call)
      _ = call.tick()
    case .remembered:
      if news.until <= now { return }
      if !isFollowed(user, began) { calls.inside[user] = nil }
      noteEnded(news.name, until: news.until, &call)
    }
  }

  /// Who ended later is refused for longer: fronts ask for what is new by that.
  mutating func noteEnded(_ name: SessionName, until: Int64, _ call: inout Call) {
    sessions.ended[name] = max(until, (sessions.ended.values.max() ?? 0) + 1)
    call.isChanged = true
  }
}
