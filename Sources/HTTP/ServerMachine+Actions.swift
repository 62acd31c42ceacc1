extension ServerMachine {
  /// What to do, in this order.
  struct Actions: OptionSet, Hashable {
    let rawValue: UInt8

    /// ``HTTPServer/stop()``; nothing else.
    static let stop = Actions(rawValue: 1 << 0)
    /// Close the connections that are overdue, and say so: ``checked(spares:isAnyOpen:)``.
    static let checkDeadlines = Actions(rawValue: 1 << 1)
    /// Set the timer for the next check, instead of the one that is set; none without connections.
    static let planCheck = Actions(rawValue: 1 << 2)
    /// Set the timer for ``restEnded()``, at ``restEnd``.
    static let startRest = Actions(rawValue: 1 << 3)
    /// Cancel it.
    static let cancelRest = Actions(rawValue: 1 << 4)
    /// Ask libmicrohttpd whether it has more to do, and if so say ``moreToDo()``.
    static let askForMore = Actions(rawValue: 1 << 5)
    /// Set a timer for ``nextTurnBegan()``.
    static let runNextTurn = Actions(rawValue: 1 << 6)
    /// Run before the turn ends.
    static let deferRun = Actions(rawValue: 1 << 7)
  }

  /// Whether a run has a second pass.
  enum SecondPass {
    case yes
    /// If libmicrohttpd has more to do.
    case ifMoreToDo
    case no
  }
}
