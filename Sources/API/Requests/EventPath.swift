import HTTP
import Queue

/// A path about events: `/api/v1/events`, one of them, or a part of one, such as
/// `/api/v1/events/{event_id}/people/{user_id}`. Only a user id is decoded: no event's name needs it.
package struct EventPath {
  /// What stands where the event's name belongs; empty for the list of all.
  let event: String
  /// What it is about.
  let resource: Resource

  enum Resource: Equatable {
    /// All events.
    case list
    /// The event itself.
    case event
    case seats
    case stock
    case reset
    case audit
    /// Those at the head of the line.
    case people
    /// One person, as the path names them, not decoded.
    case person(String)
    case admit(String)
    case remove(String)

    /// The methods that the admin port takes.
    var methods: [Method] {
      switch self {
      case .event: [.get, .head, .put, .patch, .delete]
      case .list, .people, .person, .audit: [.get, .head]
      case .seats, .stock: [.put]
      case .reset, .admit, .remove: [.post]
      }
    }
  }

  /// Nil for any other path.
  package init?(_ path: String) {
    guard path.hasPrefix(Self.prefix) else { return nil }
    let rest = path.dropFirst(Self.prefix.count)
    if rest.isEmpty {
      (event, resource) = ("", .list)
      return
    }
    guard rest.first == "/" else { return nil }
    let parts = rest.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard let resource = Self.resource(parts.dropFirst().map(String.init)) else { return nil }
    event = String(parts[0])
    self.resource = resource
  }

  private static let prefix = "/api/v1/events"

  /// What is behind the event's name.
  private static func resource(_ parts: [String]) -> Resource? {
    switch (parts.count, parts.first) {
    case (0, _): .event
    case (1, "seats"): .seats
    case (1, "stock"): .stock
    case (1, "reset"): .reset
    case (1, "audit"): .audit
    case (1, "people"): .people
    case (2, "people"): .person(parts[1])
    case (3, "people") where parts[2] == "admit": .admit(parts[1])
    case (3, "people") where parts[2] == "remove": .remove(parts[1])
    default: nil
    }
  }
}
