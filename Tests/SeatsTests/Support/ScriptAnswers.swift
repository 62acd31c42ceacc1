import TestSupport

// What the scripts answer, read strictly: a test fails at anything that their headers do not name.

enum HoldAnswer: Equatable {
  struct Held: Equatable {
    var number: Int64
    var end: Int64
    var now: Int64
    var available: Int
  }

  case held(Held)
  case again(Held)
  case refused(String, [String] = [])

  init(_ reply: [RedisReply]) throws {
    switch (try reply.integer(0), reply.count) {
    case (0, 3...): self = .refused(try reply.text(1), reply.dropFirst(3).map(\.asText))
    case (1, 6): self = .held(try Held(reply))
    case (2, 6): self = .again(try Held(reply))
    default: throw TestFailure("hold answered \(reply)")
    }
  }

  var isHeld: Bool { if case .held = self { true } else { false } }
}

extension HoldAnswer.Held {
  init(_ reply: [RedisReply]) throws {
    self.init(
      number: try reply.integer(2), end: try reply.integer(3), now: try reply.integer(4),
      available: Int(try reply.integer(5)))
  }
}

/// What came of a release or a confirm.
enum EndAnswer: Equatable {
  case done(heldFor: Int64, seats: [String] = [])
  case doneBefore(seats: [String] = [])
  case refused(String)

  init(_ reply: [RedisReply], tellsSeats: Bool) throws {
    let kind = try reply.integer(0)
    let seats = tellsSeats ? reply.dropFirst(kind == 1 ? 3 : 2).map(\.asText) : []
    switch (kind, reply.count) {
    case (0, 3): self = .refused(try reply.text(1))
    case (1, 4...): self = .done(heldFor: try reply.integer(2), seats: seats)
    case (2, 3...): self = .doneBefore(seats: seats)
    default: throw TestFailure("release or confirm answered \(reply)")
    }
  }
}

enum SweepAnswer: Equatable {
  struct Counts: Equatable {
    var ended: Int
    var isMoreDue = false
    var all: Int
    var available: Int
    var held: Int
    var sold: Int
    var inconsistent = 0
    var stock: [String] = []
  }

  case counts(Counts)
  case nothing

  init(_ reply: [RedisReply]) throws {
    if try reply.integer(0) == 0, try reply.text(1) == "NOTHING" {
      self = .nothing
      return
    }
    guard reply.count >= 8 else { throw TestFailure("sweep answered \(reply)") }
    let numbers = try (1...7).map { Int(try reply.integer($0)) }
    self = .counts(
      Counts(
        ended: numbers[0], isMoreDue: numbers[1] == 1, all: numbers[2], available: numbers[3],
        held: numbers[4], sold: numbers[5], inconsistent: numbers[6],
        stock: reply.dropFirst(8).map(\.asText)))
  }

  var counts: Counts? { if case .counts(let counts) = self { counts } else { nil } }
}

enum TakeAnswer: Equatable {
  case taken(number: Int, left: Int)
  case takenBefore(number: Int, left: Int)
  case refused(String)

  init(_ reply: [RedisReply]) throws {
    switch (try reply.integer(0), reply.count) {
    case (0, 2): self = .refused(try reply.text(1))
    case (1, 3): self = .taken(number: Int(try reply.integer(1)), left: Int(try reply.integer(2)))
    case (2, 3):
      self = .takenBefore(number: Int(try reply.integer(1)), left: Int(try reply.integer(2)))
    default: throw TestFailure("take answered \(reply)")
    }
  }
}

extension RedisReply {
  /// A text or a number, as text.
  var asText: String { text ?? integer.map { "\($0)" } ?? "\(self)" }
}

extension [RedisReply] {
  func integer(_ index: Int) throws -> Int64 {
    guard index < count, let integer = self[index].integer else {
      throw TestFailure("no integer at \(index) of \(self)")
    }
    return integer
  }

  func text(_ index: Int) throws -> String {
    guard index < count, let text = self[index].text else {
      throw TestFailure("no text at \(index) of \(self)")
    }
    return text
  }
}
