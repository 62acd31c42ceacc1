import Foundation

@testable import JSON

extension FuzzTarget {
  /// What is taken for a body, Foundation reads as the same JSON; and what usher writes, it reads.
  func checkBody(_ input: [UInt8]) throws {
    let names = ["event_id", "user_id"]
    if let values = JSONReader.members(names, of: input) {
      let body = try? JSONDecoder().decode(Body.self, from: Data(input))
      guard let body else { throw Broken(description: "Foundation takes it for no object") }
      for (name, value) in zip(names, values) {
        let expected = name == "event_id" ? body.event_id : body.user_id
        try expect(
          value.map { Array($0.utf8) } == expected.map { Array($0.utf8) },
          "\(name) is \(expected ?? "nil"), not \(value ?? "nil")")
      }
    }
    let text = String(decoding: input, as: UTF8.self)
    let written = JSONWriter.object { $0.member("user_id", text) }
    let read = JSONReader.members(names, of: written)
    try expect(read?[1]?.isSpelled(text) ?? false, "what is written is read: \(written)")
  }

  private struct Body: Decodable {
    let event_id: String?
    let user_id: String?
  }
}
