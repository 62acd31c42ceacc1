import Testing

@testable import API

@Suite("EntityTag")
struct EntityTagTests {
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
}
