extension Command {
  /// Appends this command to `output`, in RESP; with `asking`, directly behind `ASKING`, which
  /// holds for one command on the wire.
  func encode(to output: inout OutputBuffer, asking: Bool = false) {
    if asking { output.begin(Self.asking) }
    switch self {
    case .ping: output.begin("*1\r\n$4\r\nPING\r\n")
    case .time: output.begin("*1\r\n$4\r\nTIME\r\n")
    case .info(let section):
      output.begin("*2\r\n$4\r\nINFO\r\n")
      output.argument(section.rawValue)
    case .clusterSlots: output.begin("*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n")
    case .role: output.begin("*1\r\n$4\r\nROLE\r\n")
    case .sentinelMaster(let name):
      output.begin("*3\r\n$8\r\nSENTINEL\r\n$23\r\nGET-MASTER-ADDR-BY-NAME\r\n")
      output.argument(name)
    case .get(let key):
      output.begin("*2\r\n$3\r\nGET\r\n")
      output.argument(key.text)
    case .setIfAbsent(let key, let value):
      output.begin("*4\r\n$3\r\nSET\r\n")
      output.argument(key.text)
      output.argument(value)
      output.argument(encoded: "$2\r\nNX\r\n")
    case .set(let key, let value):
      output.begin("*3\r\n$3\r\nSET\r\n")
      output.argument(key.text)
      output.argument(value)
    case .hmget(let key, let fields):
      Self.encodeFields(key, fields, to: &output)
    case .zscoreAndRank(let key, let member):
      output.begin("*3\r\n$6\r\nZSCORE\r\n")
      output.argument(key.text)
      output.argument(member)
      if asking { output.begin(Self.asking) }
      output.begin("*3\r\n$5\r\nZRANK\r\n")
      output.argument(key.text)
      output.argument(member)
    case .zscore(let key, let member):
      output.begin("*3\r\n$6\r\nZSCORE\r\n")
      output.argument(key.text)
      output.argument(member)
    case .zcard(let key):
      output.begin("*2\r\n$5\r\nZCARD\r\n")
      output.argument(key.text)
    case .zadd(let key, let members, let rule):
      Self.encodeAdd(key, members, rule, to: &output)
    case .zrangeByScore(let key, let range, let limit, let withScores):
      output.begin(count: withScores ? 9 : 8, "$6\r\nZRANGE\r\n")
      output.argument(key.text)
      range.encode(to: &output)
      output.argument(encoded: "$7\r\nBYSCORE\r\n$5\r\nLIMIT\r\n$1\r\n0\r\n")
      output.argument(Int64(limit))
      if withScores { output.argument(encoded: "$10\r\nWITHSCORES\r\n") }
    case .xrange(let key, let start, let limit):
      output.begin("*6\r\n$6\r\nXRANGE\r\n")
      output.argument(key.text)
      output.argument(start)
      output.argument(encoded: "$1\r\n+\r\n$5\r\nCOUNT\r\n")
      output.argument(Int64(limit))
    case .zremrangeByScore(let key, let range):
      output.begin("*4\r\n$16\r\nZREMRANGEBYSCORE\r\n")
      output.argument(key.text)
      range.encode(to: &output)
    case .evalsha(let script, let keys, let arguments):
      Self.encodeCall(script, keys, arguments, to: &output)
    }
  }

  private static let asking: StaticString = "*1\r\n$6\r\nASKING\r\n"

  private static func encodeFields(
    _ key: Key, _ fields: [String], to output: inout OutputBuffer
  ) {
    precondition(!fields.isEmpty, "HMGET needs a field")
    output.begin(count: 2 + fields.count, "$5\r\nHMGET\r\n")
    output.argument(key.text)
    for field in fields { output.argument(field) }
  }

  private static func encodeAdd(
    _ key: Key, _ members: [ScoredMember], _ rule: AddRule, to output: inout OutputBuffer
  ) {
    precondition(!members.isEmpty, "ZADD needs a member")
    let count = 2 + 2 * members.count
    switch rule {
    case .always:
      output.begin(count: count, "$4\r\nZADD\r\n")
      output.argument(key.text)
    case .raiseKnown:
      output.begin(count: count + 2, "$4\r\nZADD\r\n")
      output.argument(key.text)
      output.argument(encoded: "$2\r\nXX\r\n$2\r\nGT\r\n")
    }
    for member in members {
      output.argument(member.score)
      output.argument(member.member)
    }
  }

  private static func encodeCall(
    _ script: Script, _ keys: [Key], _ arguments: [Argument], to output: inout OutputBuffer
  ) {
    output.begin(count: 3 + keys.count + arguments.count, "$7\r\nEVALSHA\r\n")
    output.argument(script.sha1)
    output.argument(Int64(keys.count))
    for key in keys { output.argument(key.text) }
    for argument in arguments {
      switch argument {
      case .text(let text): output.argument(text)
      case .integer(let number): output.argument(number)
      case .bytes(let bytes): output.argument(bytes)
      }
    }
  }
}

extension Script {
  /// Appends `SCRIPT LOAD source`, in RESP.
  func encodeLoad(to output: inout OutputBuffer) {
    output.begin("*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n")
    output.argument(source)
  }
}

extension ScoreRange {
  /// Appends the two arguments `min` and `max`.
  fileprivate func encode(to output: inout OutputBuffer) {
    Self.encode(lower, open: "$4\r\n-inf\r\n", to: &output)
    Self.encode(upper, open: "$4\r\n+inf\r\n", to: &output)
  }

  private static func encode(
    _ bound: Bound, open: StaticString, to output: inout OutputBuffer
  ) {
    switch bound {
    case .none: output.argument(encoded: open)
    case .including(let score): output.argument(score)
    case .excluding(let score): output.argument(score, prefix: "(")
    }
  }
}
