import Testing

@Suite("PromQL")
struct PromQLTests {
  @Test(
    "comparisons become questions; labels, strings and what is a question already stay",
    arguments: [
      (#"a{b!="c"} > 5"#, #"a{b!="c"} > bool 5"#),
      (#"a == 0 or b{c=~"> 1"} >= 0.5 * d"#, #"a == bool 0 or b{c=~"> 1"} >= bool 0.5 * d"#),
      (#"a > bool 0"#, #"a > bool 0"#),
      (#"x / (y > 0) != 3"#, #"x / (y > bool 0) != bool 3"#),
      (#"f(a, "b", "\"<", "") < 1"#, #"f(a, "b", "\"<", "") < bool 1"#),
    ])
  func asked(expression: String, question: String) {
    #expect(PromQL.asked(expression) == question)
  }

  @Test("what is there for either side is asked of both")
  func complete() {
    let expression = #"a or b{c="d"} unless on (d) (e) or ignoring (f) g"#
    #expect(
      PromQL.complete(expression) == #"a and on () b{c="d"} and on () (e) and on () g"#)
  }
}
