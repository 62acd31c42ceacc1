import Queue
import Redis

/// `lease.lua`: who delivers a course, and how far that has come.
enum LeaseScript {
  /// What a relay asks of a lease.
  enum Wish: String {
    case hold, look, release
  }

  /// What the script returns.
  enum Reply: ScriptReply, Equatable {
    case mine
    case others
    case free

    init?(_ reply: Redis.Reply) {
      guard reply.count == 2 else { return nil }
      switch reply.leadingInteger {
      case 0: self = .others
      case 1: self = .mine
      case 2: self = .free
      default: return nil
      }
    }
  }

  /// How far a delivery has come.
  struct Progress: Equatable {
    var epoch: String
    var id: StreamID
    var fence: Int64
  }

  /// How long the keys of an event's deliveries outlive the last lease.
  private static let lifetimeSeconds: Int64 = 24 * 3600

  static func keys(_ course: Course, in space: KeySpace) -> [Key] {
    [
      space.key("queue:relay", of: course.event),
      course.subject.stream(of: course.event, in: space),
    ]
  }

  /// What the script is told.
  static func arguments(
    _ course: Course, sink: String, relay: String, wish: Wish, ttl: Duration,
    progress: Progress?
  ) -> [Argument] {
    // What the script could not read back is not kept; only trimming needs it.
    let isPlain = progress?.epoch.utf8.allSatisfy { (0x21...0x7E).contains($0) } ?? false
    return [
      .integer(lifetimeSeconds), .integer(0), .text("\(sink):\(course.subject.rawValue)"),
      .text(relay), .text(wish.rawValue), .integer(ttl.nanoseconds / 1000),
      .text(isPlain ? progress?.epoch ?? "-" : "-"),
      .text(isPlain ? progress?.id.description ?? "-" : "-"), .integer(progress?.fence ?? 0),
      .integer(course.subject.isTrimmed ? 1 : 0),
    ]
  }
}
