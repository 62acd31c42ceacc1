import Testing

@testable import JSON

@Suite("A JSON object is read strictly")
struct JSONReaderTests {
  private func members(_ text: String) -> [String?]? {
    JSONReader.members(["a", "b"], of: Array(text.utf8))
  }

  @Test(
    "what is wanted is found, whatever stands around it",
    arguments: [
      (#"{}"#, nil, nil), (#"{"a":"1"}"#, "1", nil), (#"{"b":"2","a":"1"}"#, "1", "2"),
      (" \t\r\n{ \"a\" : \"1\" , \"b\" : \"2\" } \n", "1", "2"),
      (#"{"a":null,"b":"2"}"#, nil, "2"), (#"{"a":""}"#, "", nil),
      (#"{"c":[1,-0.5e+3,{"a":"no"},[],{}],"d":true,"e":false,"f":null,"a":"1"}"#, "1", nil),
      (#"{"c":1,"c":2,"A":"no","a":"1"}"#, "1", nil), (#"{"\u0061":"1"}"#, "1", nil),
      (#"{"a":"\"\\\/\b\f\n\r\t"}"#, "\"\\/\u{8}\u{C}\n\r\t", nil),
      (#"{"a":"é\u00e9\u00E9🎟\ud83c\udf9f\u0000"}"#, "ééé🎟🎟\0", nil),
      (#"{"c":0,"d":-1,"e":10.01,"f":1E5,"g":1e-5,"h":"x","b":"2"}"#, nil, "2"),
    ])
  func isFound(text: String, a: String?, b: String?) throws {
    let found = try #require(members(text))
    #expect(found.map { $0.map { Array($0.utf8) } } == [a, b].map { $0.map { Array($0.utf8) } })
  }

  @Test(
    "what is no JSON object is refused",
    arguments: [
      "", " ", "null", "[]", "\"a\"", "1", "{", "}", "{}}", "{}{}", "{} x", "{,}", #"{"a"}"#,
      #"{"a":}"#, #"{"a" "1"}"#, #"{"a":"1",}"#, #"{"a":"1" "b":"2"}"#, #"{,"a":"1"}"#,
      #"{a:"1"}"#, #"{'a':'1'}"#, #"{"a":"1"#, #"{"a":"1""#, #"{"c":[1,]}"#, #"{"c":[,1]}"#,
      #"{"c":[1 2]}"#, #"{"c":[}]}"#, #"{"c":{"d":1,}}"#, #"{"c":01}"#, #"{"c":+1}"#, #"{"c":.5}"#,
      #"{"c":1.}"#, #"{"c":1e}"#, #"{"c":1e+}"#, #"{"c":-}"#, #"{"c":0x1}"#, #"{"c":NaN}"#,
      #"{"c":Infinity}"#, #"{"c":tru}"#, #"{"c":True}"#, #"{"c":nulll}"#, "{\"a\":\"\n\"}",
      "{\"a\":\"\u{1}\"}", "{\"a\":\"\0\"}", "\u{FEFF}{}", "{}\0", "/**/{}", "{\u{A0}}",
      #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\u12g4"}"#, #"{"a":"\u+123"}"#, #"{"a":"\"#,
      #"{"a":"\ud83c"}"#, #"{"a":"\udf9f"}"#, #"{"a":"\ud83cx"}"#, #"{"a":"\ud83c\n"}"#,
      #"{"a":"\ud83c\u0041"}"#, #"{"a":"\udf9f\ud83c"}"#, #"{"a":"\u００４１"}"#,
    ])
  func isRefused(text: String) {
    #expect(members(text) == nil)
  }

  @Test(
    "a wanted member is a string, and there once",
    arguments: [
      #"{"a":1}"#, #"{"a":true}"#, #"{"a":["1"]}"#, #"{"a":{}}"#, #"{"a":"1","a":"1"}"#,
      #"{"a":null,"a":"1"}"#, #"{"a":"1","\u0061":"2"}"#,
    ])
  func isString(text: String) {
    #expect(members(text) == nil)
  }

  @Test(
    "what is no UTF-8 is refused, also where no caller looks",
    arguments: [
      [0x80], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
    ] as [[UInt8]])
  func isText(bytes: [UInt8]) {
    for (head, tail) in [(#"{"a":""#, #""}"#), (#"{"c":""#, #""}"#), (#"{"c"#, #"":1}"#)] {
      let text = Array(head.utf8) + bytes + Array(tail.utf8)
      #expect(JSONReader.members(["a"], of: text) == nil)
    }
  }

  @Test("in other encodings it is nothing")
  func encodings() {
    let utf16: [UInt8] = "{\"a\":\"1\"}".utf8.flatMap { [UInt8(0), $0] }
    #expect(JSONReader.members(["a"], of: utf16) == nil)
    #expect(JSONReader.members(["a"], of: [0xFE, 0xFF] + utf16) == nil)
    #expect(JSONReader.members(["a"], of: [0xFF, 0xFE] + Array(utf16.dropFirst()) + [0]) == nil)
  }

  @Test("it nests so deep and no deeper", arguments: ["[", #"{"d":"#])
  func depth(opening: String) {
    let closing = opening == "[" ? "]" : "}"
    func nested(_ depth: Int) -> String {
      let head = String(repeating: opening, count: depth)
      return #"{"c":\#(head)1\#(String(repeating: closing, count: depth))}"#
    }
    #expect(members(nested(JSONReader.deepest - 1)) != nil)
    #expect(members(nested(JSONReader.deepest)) == nil)
    #expect(members(String(repeating: opening, count: 16_000)) == nil)
  }
}
