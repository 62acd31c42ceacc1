import HTTP
import Metrics
import Queue
import Testing

@testable import Seats
@testable import Sidecar

@Suite("Seats and stock, before anybody is asked")
struct OrganiserTests {
  private let organiser = Organiser(token: HiddenText(written: Array("a token of 19 bytes".utf8)))

  @Test(
    "the token must be shown, whole and alone",
    arguments: [
      ("Bearer a token of 19 bytes", true), ("bearer  a token of 19 bytes", true),
      (nil, false), ("", false), ("Bearer", false), ("Bearer ", false),
      ("Basic a token of 19 bytes", false), ("Bearer a token of 19 byte", false),
      ("Bearer a token of 19 bytesa", false), ("Bearer b token of 19 bytes", false),
      ("Bearer a token of 19 bytesa token of 19 bytes", false),
    ])
  func token(authorization: String?, isGood: Bool) {
    #expect((organiser.refusal(authorization) == nil) == isGood)
    if !isGood { #expect(organiser.refusal(authorization)?.status == 401) }
    #expect(Organiser(token: nil).refusal(authorization)?.code == "ADMIN_DISABLED")
  }

  @Test(
    "a path about an event has its name and what it is about, and nothing else",
    arguments: [
      ("/api/v1/events/show/seats", "show"), ("/api/v1/events//seats", ""),
      ("/api/v1/events/a%20b/seats", "a%20b"), ("/api/v1/events/show", nil),
      ("/api/v1/events/show/seats/", nil), ("/api/v1/events/show/other", nil),
      ("/api/v1/event/show/seats", nil), ("/api/v1/events/a/b/seats", nil),
    ])
  func paths(path: String, event: String?) {
    #expect(EventPath(path)?.event == event)
  }

  @Test(
    "an entity tag is a version in quotation marks, weak or not, first of several",
    arguments: [
      ("\"17\"", 17), ("W/\"17\"", 17), ("\"x\", \"18\", \"19\"", 18), (nil, nil), ("*", nil),
      ("17", nil), ("\"\"", nil), ("\"-1\"", nil), ("\"0\"", nil),
      ("\"99999999999999999999\"", nil),
    ])
  func tags(field: String?, version: Int64?) {
    #expect(EntityTag.version(field) == version)
  }

  @Test("labels are bounded: the largest events have series of their own, the others share one")
  func labels() throws {
    let registry = Registry()
    let sales = SaleMetrics(registry, limit: 2)
    for (number, name) in ["a", "b", "c", "d"].enumerated() {
      let counts = SeatCounts(total: number * 10, available: number * 10, held: 0, sold: 0)
      sales.set(
        SaleSnapshot(counts: counts, inconsistent: number, stock: ["x": number]),
        of: try #require(EventID(name)))
    }
    let text = String(decoding: registry.exposition(.text), as: UTF8.self)
    for line in [
      #"usher_seats{event="d",state="available"} 30"#, #"usher_seats{event="c",state="sold"} 0"#,
      #"usher_seats{event="other",state="available"} 10"#,
      #"usher_seats_inconsistent{event="other"} 1"#,
      #"usher_stock_remaining{event="a",item="x"} 0"#,
      #"usher_stock_remaining{event="other",item="other"} 5"#,
    ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
    #expect(!text.contains(#"event="b",state"#))
  }
}
