import TestSupport
import Testing

extension WholeProgram {
  @Suite("the bucket", .tags(.fault))
  struct BucketFaults {
    @Test("eight clients who all press in at once for 10 s get in no faster than the bucket allows")
    func rush() throws {
      let (burst, rate, people) = (5, 20, 320)
      let fixture = try UsherFixture(
        redis: .standalone,
        flags: [
          "--fronts", "2", "--admission-burst", "\(burst)", "--admission-rate", "\(rate)",
          "--presence-head-ttl", "60s", "--redis-timeout", "5s",
        ])
      let began = try fixture.time()
      let granted = try parallel(8) { client in
        let gateway = fixture.gateway()
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
      let seconds = Double(try fixture.time() - began) / 1e6

      let grants = granted.joined()
      #expect(Set(grants).count == grants.count)
      // Hardly a token may be left when so many want it.
      #expect(Double(grants.count) >= Double(burst) + Double(rate) * 10 / 2)
      #expect(Double(grants.count) <= Double(burst) + Double(rate) * seconds)
      let trail = try AuditTrail(of: "show", in: fixture.store)
      #expect(trail.admissions.count == grants.count)
      #expect(trail.faults(burst: Double(burst), rate: Double(rate)) == [])
    }
  }
}
