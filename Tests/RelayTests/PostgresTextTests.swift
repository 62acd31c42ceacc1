import Queue
import Testing

@testable import Relay

@Suite("What PostgreSQL is told, and what it says")
struct PostgresTextTests {
  @Test("arrays keep every text as it is, and know what is missing")
  func arrays() {
    let texts: [String?] = ["a", "", "NULL", nil, "b\"c\\d", "{1,2}", " ", "ü\n"]
    #expect(
      texts.postgresArray { $0 }
        == "{\"a\",\"\",\"NULL\",NULL,\"b\\\"c\\\\d\",\"{1,2}\",\" \",\"ü\n\"}")
    #expect([String]().postgresArray { $0 } == "{}")
  }

  @Test(
    "only what is the rows' own fault is for good",
    arguments: [
      ("23505", true), ("22P02", true), ("54000", true), ("P0001", true), ("42P01", false),
      ("53100", false), ("57P01", false), ("40001", false), ("25006", false), ("28P01", false),
    ])
  func forGood(state: String, isForGood: Bool) {
    #expect(PostgresFailure.server(state: state, message: "").isForGood == isForGood)
  }

  @Test("what is not known to have happened is never for good")
  func unknown() {
    for failure in [PostgresFailure.lost("x"), .unavailable("x"), .poolExhausted] {
      #expect(!failure.isForGood)
    }
  }

  @Test("a stream's ids are ordered as Redis orders them")
  func ids() throws {
    let texts = ["0-0", "5-0", "5-2", "5-10", "10-0", "1700000000000-0"]
    let ids = try texts.map { try #require(StreamID($0)) }
    #expect(ids.sorted() == ids)
    #expect(ids.map(\.description) == texts)
    for text in ["", "5", "5-", "-5-1", "5-x", "5-1-1", "5--1"] { #expect(StreamID(text) == nil) }
  }

  @Test("an entry without an epoch has that of an event that has none")
  func entries() throws {
    let id = StreamID(milliseconds: 1, number: 0)
    #expect(Entry(id, ["item", "x"]).epoch == "0")
    #expect(Entry(id, ["epoch", "7", "op", "take"]).epoch == "7")
    #expect(Entry(id, ["epoch", ""]).epoch == "0")
    #expect(Entry(id, ["epoch", "7", "op", "take"]).value("op") == "take")
    #expect(Entry(id, ["epoch", "7", "op", "take"]).value("take") == nil)
    #expect(!Entry(id, ["epoch"]).isSound)
  }
}
