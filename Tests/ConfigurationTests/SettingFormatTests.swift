import Logging
import Loop
import Testing

@testable import Configuration

@Suite("SettingFormat")
struct SettingFormatTests {
  @Test(
    "a duration is a whole number and a unit",
    arguments: [
      ("500ms", Duration.milliseconds(500)), ("2s", .seconds(2)), ("1m", .seconds(60)),
      ("6h", .seconds(21_600)), ("0s", .zero), ("0ms", .zero), ("007s", .seconds(7)),
    ])
  func durations(text: String, duration: Duration) {
    #expect(Duration(text: text) == duration)
  }

  @Test(
    "everything else is no duration",
    arguments: [
      "", "5", "s", "ms", "5 s", " 5s", "5s ", "5S", "-5s", "+5s", "1.5s", "1e3s", "1h30m", "5d",
      "٥s", "99999999999999999999s", "9223372036854775807h", "876000000h",
    ])
  func noDurations(text: String) {
    #expect(Duration(text: text) == nil)
  }

  @Test(
    "a duration is written in the largest unit that is exact",
    arguments: [
      (Duration.zero, "0s"), (.milliseconds(1), "1ms"), (.milliseconds(1500), "1500ms"),
      (.seconds(1), "1s"), (.seconds(90), "90s"), (.seconds(60), "1m"), (.hours(24), "24h"),
      (.minutes(61), "61m"),
    ])
  func durationText(duration: Duration, text: String) {
    #expect(duration.text == text)
    #expect(Duration(text: text) == duration)
  }

  @Test("the ends of a range belong to it")
  func ranges() {
    let count = SettingFormat.count(1...5)
    #expect(count.parse("1") == 1 && count.parse("5") == 5)
    #expect(count.parse("0") == nil && count.parse("6") == nil)
    let number = SettingFormat.number(0.5...1)
    #expect(number.parse("0.5") == 0.5 && number.parse("1") == 1 && number.parse("1.0") == 1)
    #expect(number.parse("0.49") == nil && number.parse("1.01") == nil)
    let duration = SettingFormat.duration(.seconds(1)...(.seconds(2)))
    #expect(duration.parse("1s") != nil && duration.parse("2000ms") != nil)
    #expect(duration.parse("999ms") == nil && duration.parse("2001ms") == nil)
  }

  @Test(
    "numbers are digits and at most one point",
    arguments: [
      "", ".", "1.", ".5", "1.2.3", "1,5", "+1", "-1", "1e1", "inf", "nan", "0x1", " 1", "１",
    ])
  func noNumbers(text: String) {
    #expect(SettingFormat.number(0...100).parse(text) == nil)
  }

  @Test("a percentage may have its sign, and is a share")
  func percent() {
    let form = SettingFormat.percent(1...100)
    #expect(form.parse("50%") == 0.5)
    #expect(form.parse("50") == 0.5)
    #expect(form.parse("12.5%") == 0.125)
    #expect(form.parse("%") == nil)
    #expect(form.parse("50%%") == nil)
    #expect(form.write(0.125) == "12.5%")
  }

  @Test(
    "a number is written shortly, and never with an exponent",
    arguments: [
      (0.0, "0"), (10, "10"), (0.5, "0.5"), (0.001, "0.001"), (0.000_05, "0.00005"),
      (0.000_012_5, "0.0000125"), (1_000_000, "1000000"), (1e15, "1000000000000000"),
      (123_456.789, "123456.789"),
    ])
  func decimalText(number: Double, text: String) {
    #expect(Decimal.text(number) == text)
    #expect(Decimal.number(text) == number)
  }

  @Test("what a form writes, it also reads")
  func roundTrip() {
    #expect(SettingFormat.count(1...9).parse(SettingFormat.count(1...9).write(7)) == 7)
    #expect(
      SettingFormat<Log.Level>.choice().parse(SettingFormat<Log.Level>.choice().write(.warn))
        == .warn)
    let address = SocketAddress.tcp(host: "::1", port: 80)
    #expect(SettingFormat.address.parse(SettingFormat.address.write(address)) == address)
  }
}
