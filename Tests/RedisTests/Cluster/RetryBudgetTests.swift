import Testing

@testable import Redis

@Suite struct RetryBudgetTests {
  private var budget = RetryBudget()

  private mutating func spend() -> Int {
    var retries = 0
    while budget.take() { retries += 1 }
    return retries
  }

  @Test("a client that has sent nothing may retry a little")
  mutating func beginning() {
    #expect(spend() == 5)
    #expect(spend() == 0)
  }

  @Test("retries are a tenth of the commands, whatever fails")
  mutating func share() {
    var retries = 0
    for _ in 0..<10_000 {
      budget.commandBegan()
      retries += spend()
    }
    #expect((1000...1005).contains(retries))
  }

  @Test("what was not used is kept for a burst, up to a limit")
  mutating func limit() {
    for _ in 0..<100_000 { budget.commandBegan() }
    #expect(spend() == 100)
  }
}
