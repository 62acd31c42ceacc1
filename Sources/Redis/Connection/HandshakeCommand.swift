/// What a connection says before it takes commands.
enum HandshakeCommand: Equatable {
  /// `AUTH [user] password`
  case authenticate(Credentials)
  /// `SELECT database`
  case select(Int)
  /// `PING`: a Redis that was stopped still accepts connections, so only its answer counts.
  case ping

  /// The command's name, for sentences about it.
  var name: String {
    switch self {
    case .authenticate: "AUTH"
    case .select: "SELECT"
    case .ping: "PING"
    }
  }

  /// Appends this command to `output`, in RESP.
  func encode(to output: inout OutputBuffer) {
    switch self {
    case .authenticate(let credentials):
      output.begin(count: credentials.user == nil ? 2 : 3, "$4\r\nAUTH\r\n")
      if let user = credentials.user { output.argument(user) }
      output.argument(credentials.password)
    case .select(let database):
      output.begin("*2\r\n$6\r\nSELECT\r\n")
      output.argument(Int64(database))
    case .ping:
      Command.ping.encode(to: &output)
    }
  }
}
