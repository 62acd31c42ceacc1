import Loop
import TestSupport
import Testing

@testable import Redis

/// The table of all that a server can send, as far as this target reads it; `ReplyBoundFaults` has the
/// whole program hear all of it.
@Suite struct ReplyBoundTests {
  private static let asked = SocketAddress.tcp(host: "seed", port: 1)

  /// What is taken of a reply.
  private enum Taken: Equatable {
    case nothing
    /// So many servers.
    case servers(Int)
    case redirection
    case error(Int)
    case value
  }

  @Test("what is at its bound is taken", arguments: ReplyBound.all.filter { $0.isRead })
  func within(bound: ReplyBound) throws {
    #expect(try take(bound.within(), bound) != .nothing)
  }

  @Test("what is beyond is not", arguments: ReplyBound.all.filter { $0.isRead })
  func beyond(bound: ReplyBound) throws {
    let whole = try take(bound.within(), bound)
    for reply in bound.beyond {
      switch bound.consequence {
      case .refused, .noNumber: #expect(try take(reply(), bound) == .nothing)
      case .notFollowed: #expect(try take(reply(), bound) == .error(0))
      case .closed: #expect(throws: ProtocolViolation.self) { try take(reply(), bound) }
      case .cut: #expect(try take(reply(), bound) == whole)
      case .leftOut:
        guard case .servers(let count) = whole else { throw TestFailure("\(bound)") }
        #expect(try take(reply(), bound) == .servers(count - 1))
      }
    }
  }

  private func take(_ bytes: [UInt8], _ bound: ReplyBound) throws -> Taken {
    let parser = ReplyParser(maxReplyBytes: bound.question == .command ? 1 << 20 : 16 << 20)
    var rest = bytes[...]
    while !rest.isEmpty {
      try rest.prefix(16_384).withUnsafeBytes { try parser.feed($0) }
      rest = rest.dropFirst(16_384)
      if let reply = try parser.next() { return read(reply, bound) }
    }
    return .nothing
  }

  private func read(_ reply: Reply, _ bound: ReplyBound) -> Taken {
    switch bound.question {
    case .clusterSlots:
      servers(try? Topology(clusterSlots: reply, asked: Self.asked))
    case .role: servers(try? Topology(role: reply, of: Self.asked))
    case .sentinelMaster:
      (try? Topology.masterAddress(reply)) == nil ? .nothing : .servers(1)
    case .command: value(reply, bound)
    case .info, .secret, .events: .nothing
    }
  }

  private func servers(_ topology: Topology?) -> Taken {
    topology.map { .servers($0.nodes.count) } ?? .nothing
  }

  private func value(_ reply: Reply, _ bound: ReplyBound) -> Taken {
    if let error = reply.error {
      if Redirection(error, from: Self.asked) != nil { return .redirection }
      return .error(bound.consequence == .cut ? "\(error)".utf8.count : 0)
    }
    let isTaken =
      switch bound.what {
      case "time of Redis": reply.whole != nil
      case "place in line": reply.natural != nil
      case "tokens": reply.amount != nil
      default: true
      }
    return isTaken ? .value : .nothing
  }
}

extension ReplyBound {
  /// Whether this target reads it.
  fileprivate var isRead: Bool {
    switch question {
    case .clusterSlots, .sentinelMaster, .role: true
    case .info, .secret, .events: false
    case .command: !what.contains("script")
    }
  }
}
