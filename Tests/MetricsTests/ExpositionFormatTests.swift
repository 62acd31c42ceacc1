import Metrics
import Testing

@Suite("ExpositionFormat")
struct ExpositionFormatTests {
  @Test(
    "who does not ask for OpenMetrics gets text 0.0.4",
    arguments: [
      nil, "", "*/*", "text/plain", "text/plain;version=0.0.4", "text/html, */*;q=0.8",
      "application/json", "application/*", ",;=,", "text/plain;q=0",
    ])
  func text(accept: String?) {
    #expect(ExpositionFormat(accept: accept) == .text)
  }

  @Test(
    "who asks for it gets OpenMetrics",
    arguments: [
      "application/openmetrics-text",
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
      "Application/OpenMetrics-Text;Version=\"1.0.0\"",
      "application/openmetrics-text, text/plain;q=0.5",
      "text/plain;q=0.5,\tapplication/openmetrics-text ; q=0.5",
      "application/openmetrics-text;q=0.001",
    ])
  func openMetrics(accept: String) {
    #expect(ExpositionFormat(accept: accept) == .openMetrics)
  }

  @Test(
    "who likes plain text better, or wants a version that we do not speak, gets text",
    arguments: [
      "application/openmetrics-text;q=0.5, text/plain",
      "application/openmetrics-text;q=0.5, */*",
      "application/openmetrics-text;q=0.5, text/*;q=0.6",
      "application/openmetrics-text;q=0",
      "application/openmetrics-text;version=0.0.1",
      "application/openmetrics-text;version=2.0.0, */*;q=0.1",
      "application/openmetrics-text;q=high",
      "application/openmetrics-text;q=2",
      "application/openmetrics-text;q=nan",
    ])
  func plainPreferred(accept: String) {
    #expect(ExpositionFormat(accept: accept) == .text)
  }

  @Test("the most specific range decides how much plain text is liked")
  func specificity() {
    let accept = "application/openmetrics-text;q=0.5, text/plain;q=0.1, */*"
    #expect(ExpositionFormat(accept: accept) == .openMetrics)
  }

  @Test("Prometheus 2 and 3 get OpenMetrics with what they send")
  func prometheus() {
    let two =
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
      + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    let three =
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
      + "application/openmetrics-text;version=0.0.1;q=0.5,"
      + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    #expect(ExpositionFormat(accept: two) == .openMetrics)
    #expect(ExpositionFormat(accept: three) == .openMetrics)
  }

  @Test("each format has its content type")
  func contentType() {
    #expect(ExpositionFormat.text.contentType == "text/plain; version=0.0.4; charset=utf-8")
    #expect(
      ExpositionFormat.openMetrics.contentType
        == "application/openmetrics-text; version=1.0.0; charset=utf-8")
  }
}
