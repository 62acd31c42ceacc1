import Testing

@testable import HTTP

@Suite("A query's value")
struct QueryValueTests {
  @Test(
    "is found and decoded",
    arguments: [
      ("token=abc", "abc"), ("token=", ""), ("token", ""), ("a=1&token=abc&b=2", "abc"),
      ("&&token=abc&", "abc"), ("token=a=b", "a=b"), ("token=%41%62%63", "Abc"),
      ("token=a+b", "a b"), ("token=a%2Bb", "a+b"), ("token=a%20b", "a b"),
      ("token=%e2%82%ac", "€"), ("token=%F0%9F%8E%9F", "🎟"), ("token=%2541", "%41"),
      ("token=%26%3D", "&="), ("token=%00", "\u{0}"), ("token=a%0D%0Ab", "a\r\nb"),
      ("%74oken=abc", "abc"), ("tok%65n=abc", "abc"),
      ("token=?/:@-._~!$'()*,;", "?/:@-._~!$'()*,;"),
      ("token=abc&other=%zz", "abc"), ("%zz=1&token=abc", "abc"), ("Token=no&token=abc", "abc"),
      ("token=abc&token%20=no", "abc"),
    ])
  func isDecoded(query: String, value: String) {
    #expect(QueryValue(of: "token", in: query) == .value(value))
  }

  @Test(
    "is missing",
    arguments: ["", "&", "=", "=abc", "tokens=1", "toke=n", "Token=abc", "a=token", "token%zz=abc"])
  func isMissing(query: String) {
    #expect(QueryValue(of: "token", in: query) == .missing)
  }

  @Test(
    "is malformed",
    arguments: [
      "token=%", "token=%4", "token=%zz", "token=%4z", "token=%z4", "token=% 41", "token=%+1",
      "token=%-1", "token=abc%", "token=%FF", "token=%C3", "token=%C3%28", "token=%C0%80",
      "token=%ED%A0%80", "token=%F4%90%80%80", "token=%80", "token=%E2%82", "token=a&token=b",
      "token=a&token=a", "token&token", "token=a&%74oken=b", "token=a&token=%zz",
    ])
  func isMalformed(query: String) {
    #expect(QueryValue(of: "token", in: query) == .malformed)
  }

  @Test("has a name that may be anything, compared byte by byte")
  func comparesNames() {
    #expect(QueryValue(of: "a b", in: "a+b=1") == .value("1"))
    // The Kelvin sign, which is canonically equivalent to K.
    #expect(QueryValue(of: "K", in: "%E2%84%AA=1") == .missing)
  }
}
