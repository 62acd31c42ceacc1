import TestSupport
import Testing

extension WholeProgram {
  @Suite("the bucket")
  struct BucketFaults {
    @Test("eight clients who all press in at once for 10 s get in no faster than the bucket allows")
    func rush() throws {
      let (burst, rate, people) = (5, 20, 320)
      let venue = try Venue([
        "--fronts", "2", "--admission-burst", "\(burst)", "--admission-rate", "\(rate)",
        "--presence-head-ttl", "60s", "--redis-timeout", "5s",
      ])
      let began = try venue.time()
      let granted = try parallel(8) { client in
        let gateway = venue.gateway()
        var waiting = try (0..<people / 8).map {
          try gateway.token(joining: "show", as: "\(client)/\($0)")
        }
        var grants: [String] = []
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(10), !waiting.isEmpty {
          // Two who may have a chance, and one who has none.
          for token in Set([waiting[0], waiting[waiting.count / 2], waiting[waiting.count - 1]]) {
            let answer = try gateway.enter(with: token)
            guard answer.status == 200 else {
              #expect(answer.errorCode == "NOT_READY")
              continue
            }
            grants.append(try answer.text("reservation_token"))
            waiting.removeAll { $0 == token }
          }
        }
        return grants
      }
      let seconds = Double(try venue.time() - began) / 1e6

      let grants = granted.joined()
      #expect(Set(grants).count == grants.count)
      // Hardly a token may be left when so many want it.
      #expect(Double(grants.count) >= Double(burst) + Double(rate) * 10 / 2)
      #expect(Double(grants.count) <= Double(burst) + Double(rate) * seconds)
      let trail = try Trail(of: "show", in: venue.redis)
      #expect(trail.admissions.count == grants.count)
      #expect(trail.faults(burst: Double(burst), rate: Double(rate)) == [])
    }
  }
}
