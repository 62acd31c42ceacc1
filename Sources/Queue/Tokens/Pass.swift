/// What lets a person in: a ``Grant``, or the ``Session`` that it became.
package enum Pass: Hashable, Sendable {
  case grant(Grant)
  case session(Session)

  /// The event that the person is in.
  package var event: EventID {
    switch self {
    case .grant(let grant): grant.event
    case .session(let session): session.event
    }
  }

  /// Which session it is, or would become.
  package var name: SessionName {
    switch self {
    case .grant(let grant): SessionName(user: grant.user, grantBegan: grant.admittedAt)
    case .session(let session): session.name
    }
  }

  /// The person who was admitted.
  package var user: UserID { name.user }

  /// When, in microseconds since 1970 by the Redis server's clock.
  package var admittedAt: Int64 { name.grantBegan }

  /// When it ends, in microseconds since 1970 by the Redis server's clock.
  package var endsAt: Int64 {
    switch self {
    case .grant(let grant): grant.endsAt
    // A signed number may be anything.
    case .session(let session): min(max(0, session.endsAt), Int64.max / 2000) * 1000
    }
  }
}

extension TokenSigner {
  /// The grant or session that `text` is, over or not, or nil if it is neither that was signed with a
  /// known secret.
  package func pass(_ text: String) -> Pass? {
    session(text).map(Pass.session) ?? grant(text).map(Pass.grant)
  }
}
