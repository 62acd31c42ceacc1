import TestSupport

// What the scripts answer, read strictly: a test fails at anything that their headers do not name.

enum JoinAnswer: Equatable {
  case joined(ticket: Int64, position: Int, eta: Int)
  case waiting(ticket: Int64, position: Int)
  case refused(String)

  init(_ reply: RedisReply) throws {
    let reply = reply.elements ?? []
    switch (try reply.integer(0), reply.count) {
    case (0, 2): self = .refused(try reply.text(1))
    case (1, 4):
      self = .joined(
        ticket: try reply.integer(1), position: Int(try reply.integer(2)),
        eta: Int(try reply.integer(3)))
    case (2, 3): self = .waiting(ticket: try reply.integer(1), position: Int(try reply.integer(2)))
    default: throw TestFailure("join answered \(reply)")
    }
  }
}

enum ResumeAnswer: Equatable {
  case inLine(position: Int, length: Int, resumed: Bool)
  case gone(String)

  init(_ reply: [RedisReply]) throws {
    switch (try reply.integer(0), reply.count) {
    case (0, 3): self = .gone(try reply.text(1))
    case (1, 6):
      self = .inLine(
        position: Int(try reply.integer(2)), length: Int(try reply.integer(3)),
        resumed: try reply.integer(5) == 1)
    default: throw TestFailure("resume answered \(reply)")
    }
  }
}

enum EnterAnswer: Equatable {
  struct Denial: Equatable {
    var position: Int
    var length: Int
    var tokens: Double
    var rebuildUntil: Int64
    var state: String
  }

  case admitted(at: Int64, waited: Int64, promise: Int, tokens: Double)
  case again(at: Int64)
  case notReady(Denial)
  case gone(String)

  init(_ reply: [RedisReply]) throws {
    switch (try reply.integer(0), reply.count) {
    case (0, 3): self = .gone(try reply.text(1))
    case (0, 8):
      self = .notReady(
        Denial(
          position: Int(try reply.integer(3)), length: Int(try reply.integer(4)),
          tokens: try reply.decimal(5), rebuildUntil: try reply.integer(6),
          state: try reply.text(7)))
    case (1, 6):
      self = .admitted(
        at: try reply.integer(2), waited: try reply.integer(3),
        promise: Int(try reply.integer(4)), tokens: try reply.decimal(5))
    case (2, 3): self = .again(at: try reply.integer(2))
    default: throw TestFailure("enter answered \(reply)")
    }
  }

  var isAdmitted: Bool { if case .admitted = self { true } else { false } }

  var denial: Denial? { if case .notReady(let denial) = self { denial } else { nil } }

  /// When the person was admitted, now or before.
  var admittedAt: Int64? {
    switch self {
    case .admitted(let at, _, _, _), .again(let at): at
    case .notReady, .gone: nil
    }
  }
}

enum LeaveAnswer: Equatable {
  case left
  case leftBefore
  case gone(String)

  init(_ reply: [RedisReply]) throws {
    switch (try reply.integer(0), reply.last?.integer) {
    case (0, _): self = .gone(try reply.text(1))
    case (1, 1): self = .left
    case (1, 0): self = .leftBefore
    default: throw TestFailure("leave answered \(reply)")
    }
  }
}

enum ParkAnswer: Equatable {
  case parked(Int, forgotten: Int)
  case notYet

  init(_ reply: [RedisReply]) throws {
    switch (try reply.integer(0), reply.count) {
    case (0, 2): self = .notYet
    case (1, 3):
      self = .parked(Int(try reply.integer(1)), forgotten: Int(try reply.integer(2)))
    default: throw TestFailure("park answered \(reply)")
    }
  }
}

extension [RedisReply] {
  func integer(_ index: Int) throws -> Int64 {
    guard index < count, let integer = self[index].integer else {
      throw TestFailure("no integer at \(index) of \(self)")
    }
    return integer
  }

  func decimal(_ index: Int) throws -> Double {
    guard let decimal = Double(try text(index)) else {
      throw TestFailure("no number at \(index) of \(self)")
    }
    return decimal
  }

  func text(_ index: Int) throws -> String {
    guard index < count, let text = self[index].text else {
      throw TestFailure("no text at \(index) of \(self)")
    }
    return text
  }

  /// `created`, which stands second in an answer, but third behind a reason.
  var created: Int64 {
    get throws { try integer(try integer(0) == 0 ? 2 : 1) }
  }
}
