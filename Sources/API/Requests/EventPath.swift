/// A path about one event: `/api/v1/events/{event_id}/seats`, say. Nothing in it is decoded, since
/// no event's name needs that.
package struct EventPath {
  /// What stands where the event's name belongs.
  let event: String
  /// What it is about.
  let resource: Resource

  enum Resource: String {
    case seats
    case stock
  }

  /// Nil for any other path.
  package init?(_ path: String) {
    guard path.hasPrefix(Self.prefix) else { return nil }
    let parts = path.dropFirst(Self.prefix.count)
      .split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let resource = Resource(rawValue: String(parts[1])) else { return nil }
    event = String(parts[0])
    self.resource = resource
  }

  private static let prefix = "/api/v1/events/"
}
