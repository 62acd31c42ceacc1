import HTTP

/// A path about one event: `/api/v1/events/{event_id}/seats`, say, or the event itself, without what
/// follows its name. Nothing in it is decoded, since no event's name needs that.
package struct EventPath {
  /// What stands where the event's name belongs.
  let event: String
  /// What it is about.
  let resource: Resource

  enum Resource {
    /// The event itself.
    case event
    case seats
    case stock

    /// The methods that the admin port takes.
    var methods: [Method] {
      switch self {
      case .event: [.get, .head, .patch]
      case .seats, .stock: [.put]
      }
    }
  }

  /// Nil for any other path.
  package init?(_ path: String) {
    guard path.hasPrefix(Self.prefix) else { return nil }
    let parts = path.dropFirst(Self.prefix.count)
      .split(separator: "/", omittingEmptySubsequences: false)
    event = String(parts[0])
    switch parts.count {
    case 1: resource = .event
    case 2 where parts[1] == "seats": resource = .seats
    case 2 where parts[1] == "stock": resource = .stock
    default: return nil
    }
  }

  private static let prefix = "/api/v1/events/"
}
