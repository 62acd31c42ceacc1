import FoundationEssentials
import Testing

@testable import JSON

@Suite("JSONWriter")
struct JSONWriterTests {
  @Test("members come in order, with a comma between two")
  func shape() {
    let bytes = JSONWriter.object { body in
      body.member("status", "waiting")
      body.member("position", 3)
      body.member("ready", false)
      body.member("ok", true)
      body.member("ratio", 0.25)
      body.object("error") { error in
        error.member("code", "NOT_READY")
        error.object("empty") { _ in }
      }
      body.member("last", Int64.min)
    }
    let text =
      #"{"status":"waiting","position":3,"ready":false,"ok":true,"ratio":0.25,"#
      + #""error":{"code":"NOT_READY","empty":{}},"last":-9223372036854775808}"#
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  @Test("lists of strings and of objects, with a comma between two")
  func lists() {
    let bytes = JSONWriter.object { body in
      body.member("none", [String]())
      body.member("names", ["a\"", "b"])
      body.objects("things", [1, 2]) { number, thing in
        thing.member("n", number)
        thing.member("list", ["x"])
      }
      body.member("last", true)
    }
    let text =
      #"{"none":[],"names":["a\"","b"],"things":[{"n":1,"list":["x"]},{"n":2,"list":["x"]}],"#
      + #""last":true}"#
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  @Test("an object without members is a pair of braces")
  func empty() {
    #expect(JSONWriter.object { _ in } == Array("{}".utf8))
  }

  @Test("numbers without a word in JSON are null", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(number: Double) {
    #expect(JSONWriter.object { $0.member("n", number) } == Array(#"{"n":null}"#.utf8))
  }

  @Test(
    "doubles are read back exactly",
    arguments: [0, -0.0, 1, 0.1, 1e-9, 1e300, .pi, -2.5e-8, .greatestFiniteMagnitude])
  func doubles(number: Double) throws {
    let bytes = JSONWriter.object { $0.member("n", number) }
    #expect(try JSONDecoder().decode([String: Double].self, from: Data(bytes)) == ["n": number])
  }

  @Test("what may not stand in a string is escaped")
  func escapes() {
    let text = "\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}\u{80}\u{9F}\u{A0}"
    let escaped = #""\"\\/\u0008\u000c\n\r\t\u0000\u001f\u007f\u0080\u009f"# + "\u{A0}\""
    #expect(quoted(text) == escaped)
  }

  @Test("every scalar of the first 256 is read back as it was")
  func roundTrip() throws {
    for value in UInt8.min...UInt8.max {
      let text = "a\(Character(Unicode.Scalar(value)))b"
      let bytes = JSONWriter.object { $0.member("text", text) }
      #expect(try JSONDecoder().decode([String: String].self, from: Data(bytes)) == ["text": text])
    }
  }

  @Test("other scripts and emoji are written as they are")
  func unicode() {
    #expect(quoted("김철수 🎟 é") == "\"김철수 🎟 é\"")
  }

  @Test("a name that ends in a brace does not lose the comma after it")
  func braces() {
    let bytes = JSONWriter.object { body in
      body.member("{", "{")
      body.member("}", "{")
    }
    #expect(String(decoding: bytes, as: UTF8.self) == #"{"{":"{","}":"{"}"#)
  }

  @Test("no length is too long", arguments: [200, 242, 243, 244, 245, 246, 247, 300, 5000])
  func long(length: Int) {
    let text = String(repeating: "x", count: length)
    let bytes = JSONWriter.object { body in
      body.member("a", text)
      body.member("b", -12)
    }
    #expect(String(decoding: bytes, as: UTF8.self) == "{\"a\":\"\(text)\",\"b\":-12}")
  }

  private func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONText.append(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
