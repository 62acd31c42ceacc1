import TestSupport
import Testing

@testable import Relay

@Suite("PostgresSchema")
struct PostgresSchemaTests {
  @Test("the file that compose makes the tables from is what usher-relay schema prints")
  func file() throws {
    #expect(try Repository.text(of: "deploy/compose/schema.sql") == PostgresSchema.ddl + "\n")
  }
}
