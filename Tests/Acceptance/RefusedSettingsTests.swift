import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// What usher says instead of starting.
  @Suite("settings that are refused")
  struct RefusedSettingsTests {
    /// Each: what is typed after `usher serve`, and the line that comes of it.
    private static let values: [(flags: [String], line: String)] = [
      (
        ["--admision-rate", "5"],
        #""--admision-rate" is no flag of usher; did you mean --admission-rate?"#
      ),
      (["admission-rate=5"], #""admission-rate=5" is no flag; flags begin with --"#),
      (
        ["--admission-rate"],
        "--admission-rate needs a value: --admission-rate=VALUE or --admission-rate VALUE"
      ),
      (["--fronts", "1", "--fronts=2"], "--fronts is given twice"),
      (
        ["--admission-burst", "0"],
        #"--admission-burst: "0" is not allowed; it takes a whole number from 1 to 1000000"#
      ),
      (
        ["--redis-url", "http://user:hunter2@host"],
        "--redis-url: its value is not allowed; "
          + "it takes redis://[user:password@]host[:port][/db], "
          + "redis+cluster://host[:port],… or redis+sentinel://host[:port],…/name[/db], "
          + "the same with rediss for TLS, or unix:/path"
      ),
      (
        ["--listen", "8080"],
        #"--listen: "8080" is not allowed; it takes host:port, [ipv6]:port "#
          + "([::]:port for all addresses) or unix:/path"
      ),
      (
        ["--listen", "*:8080"],
        #"--listen: "*:8080" is not allowed; it takes host:port, [ipv6]:port "#
          + "([::]:port for all addresses) or unix:/path"
      ),
      (
        ["--token-secret-file", "/nowhere/secret"],
        #"--token-secret-file: cannot read "/nowhere/secret" (open: No such file or directory); "#
          + "it takes a file with at least 16 bytes"
      ),
      (
        ["--token-secret-file", "/dev/null"],
        #"--token-secret-file: "/dev/null" is not allowed; it takes a file with at least 16 bytes"#
      ),
      (
        ["--redis-url", "rediss://host", "--redis-tls-ca", "/nowhere/ca.pem"],
        #"--redis-tls-ca: cannot use "/nowhere/ca.pem" (No such file or directory); "#
          + "it takes a file of CA certificates in PEM"
      ),
    ]

    /// Settings that are each allowed, but not together.
    private static let combinations: [(flags: [String], line: String)] = [
      (
        ["--admin-listen", "127.0.0.1:8080"],
        #"--admin-listen: "127.0.0.1:8080" is not allowed with --listen 127.0.0.1:8080; "#
          + "it takes another address"
      ),
      (
        ["--redis-username", "joe"],
        #"--redis-username: "joe" is not allowed with --redis-url none; it takes a Redis to log in to"#
      ),
      (
        ["--redis-url", "redis://host", "--redis-username", "joe"],
        #"--redis-username: "joe" is not allowed with --redis-password-file none; "#
          + "it takes a password too"
      ),
      (
        ["--redis-url", "redis://host", "--redis-tls-server-name", "joe"],
        #"--redis-tls-server-name: "joe" is not allowed with --redis-url redis://host; "#
          + "it takes a rediss:// URL"
      ),
      (
        ["--redis-url", "rediss://host", "--redis-tls-cert", "/nowhere/usher.pem"],
        #"--redis-tls-cert: "/nowhere/usher.pem" is not allowed with --redis-tls-key none; "#
          + "it takes its key too"
      ),
      (
        ["--redis-url", "rediss://host", "--redis-tls-key", "/nowhere/usher.key"],
        #"--redis-tls-key: "/nowhere/usher.key" is not allowed with --redis-tls-cert none; "#
          + "it takes its certificate too"
      ),
      (
        ["--redis-pool-max", "2", "--redis-pool-min-idle", "3"],
        #"--redis-pool-min-idle: "3" is not allowed with --redis-pool-max 2; "#
          + "it takes at most as many"
      ),
      (
        ["--grant-ttl", "2m", "--ticket-ttl", "1m"],
        #"--grant-ttl: "2m" is not allowed with --ticket-ttl 1m; it takes at most as long"#
      ),
      (
        ["--event-ttl", "5h"],
        #"--ticket-ttl: "6h" is not allowed with --event-ttl 5h; it takes at most as long"#
      ),
      (
        ["--presence-head-ttl", "2m"],
        #"--presence-head-ttl: "2m" is not allowed with --presence-ttl 1m; "#
          + "it takes at most as long"
      ),
      (
        ["--ready-grace", "14s"],
        #"--ready-grace: "14s" is not allowed with --health-interval 5s and --health-timeout 10s; "#
          + "it takes at least as long as both together"
      ),
    ]

    @Test(
      "one line names the setting, the value and what is allowed; the exit code is 2",
      arguments: values + combinations)
    func flags(_ flags: [String], line: String) throws {
      let directory = try TemporaryDirectory()
      let data = directory.path(of: "data")
      try Self.expect(line, of: try UsherProcess.run(["serve", "--data-dir", data] + flags))
      #expect(!FileManager.default.fileExists(atPath: data), "something was started")
      // The same without starting anything, for an operator who wants to know beforehand.
      try Self.expect(line, of: try UsherProcess.run(["check"] + flags))
    }

    @Test(
      "a variable is called by its own name, and a secret is not told",
      arguments: [
        (
          ["USHER_ADMISSION_BURST": "0"], [],
          #"USHER_ADMISSION_BURST: "0" is not allowed; it takes a whole number from 1 to 1000000"#
        ),
        (
          ["USHER_TOKEN_SECRET": "hunter2"], [],
          "USHER_TOKEN_SECRET: its value is not allowed; it takes at least 16 bytes"
        ),
        (
          ["USHER_TOKEN_PREVIOUS_SECRET": "a former secret of the tests"], [],
          #"USHER_TOKEN_PREVIOUS_SECRET: "hidden" is not allowed with --token-secret-file by Redis; "#
            + "it takes a present secret too"
        ),
        (
          ["USHER_REDIS_PASSWORD": "hunter2"], [],
          #"USHER_REDIS_PASSWORD: "hidden" is not allowed with --redis-url none; "#
            + "it takes a Redis to log in to"
        ),
        (
          ["USHER_REDIS_PASSWORD": "hunter2"], ["--redis-url", "redis://joe:hunter2@host"],
          #"USHER_REDIS_PASSWORD: "hidden" is not allowed with --redis-url redis://***@host; "#
            + "it takes a URL without user and password"
        ),
      ] as [([String: String], [String], String)])
    func variables(environment: [String: String], flags: [String], line: String) throws {
      try Self.expect(
        line, of: try UsherProcess.run(["serve"] + flags, environment: environment))
      try Self.expect(
        line, of: try UsherProcess.run(["check"] + flags, environment: environment))
    }

    @Test("no command, and an unknown one")
    func commands() throws {
      try Self.expect(
        "no command is given; it takes serve, check or --help", of: try UsherProcess.run([]))
      try Self.expect(
        #""start" is no command; it takes serve, check or --help"#,
        of: try UsherProcess.run(["start"]))
    }

    @Test("an address that is taken: by another program or another usher, data or admin port")
    func addressTaken() throws {
      let redis = try RedisServer(tcp: true)
      let fixture = try UsherFixture(redis: .server(redis))
      let usher = fixture.usher
      let taken = [try #require(redis.tcp), redis.socket, usher.address, usher.adminAddress]
      for address in taken {
        for (setting, other) in [("listen", "admin-listen"), ("admin-listen", "listen")] {
          let free = try LocalAddress.freePort()
          try Self.expect(
            "--\(setting): cannot listen at \(address) (Address already in use); "
              + "it takes an address of this machine that nobody else listens at",
            of: try UsherProcess.run([
              "serve", "--redis-url", "\(redis.socket)", "--\(setting)", "\(address)",
              "--\(other)", "\(free)",
            ]))
        }
      }
      // Those who had the addresses still have them.
      #expect(try redis.send("PING") == .status("PONG"))
      #expect(try fixture.gateway().join("show").status == 202)
      #expect(try usher.admin().get("/livez").status == 200)
    }

    @Test("an address that is not of this machine, and a name that is none")
    func addressElsewhere() throws {
      let elsewhere = try UsherProcess.run(["serve", "--listen", "192.0.2.1:8080"])
      #expect(elsewhere.status == 2)
      #expect(elsewhere.errors.hasPrefix("usher: --listen: cannot listen at 192.0.2.1:8080 ("))
      let nowhere = try UsherProcess.run([
        "serve", "--listen", "\(LocalAddress.freePort())", "--admin-listen",
        "no-such-host.invalid:9090",
      ])
      #expect(nowhere.status == 2)
      #expect(
        nowhere.errors.hasPrefix(
          "usher: --admin-listen: cannot listen at no-such-host.invalid:9090 ("))
      #expect(nowhere.errors.split(separator: "\n").count == 1)
    }

    @Test("a data directory that cannot be written to")
    func dataDirectory() throws {
      let directory = try TemporaryDirectory()
      // Root may write to every directory, but not to what is none.
      let file = directory.path(of: "file")
      try Data().write(to: URL(fileURLWithPath: file))
      for (path, reason) in [
        (file, "open: Not a directory"), ("\(file)/data", "mkdir: Not a directory"),
      ] {
        try Self.expect(
          "--data-dir: \"\(path)\" cannot be used (\(reason)); "
            + "it takes a directory that may be written to",
          of: try Self.serve(["--data-dir", path]))
      }
    }

    @Test("a machine without redis-server, when none is named")
    func noServer() throws {
      let directory = try TemporaryDirectory()
      try Self.expect(
        "--redis-url: none is given and there is no redis-server on the PATH; "
          + "install it (apt install redis-server) or name a Redis",
        of: try Self.serve(
          ["--data-dir", directory.path(of: "data")], environment: ["PATH": directory.path]))
    }

    @Test("check says what is in force, who said so, and what sets nothing; no secrets")
    func check() throws {
      let report = try UsherProcess.run(
        ["check", "--fronts", "3", "--redis-url", "redis://joe:hunter2@host/1"],
        environment: [
          "USHER_ADMISSION_RATE": "50", "USHER_ADMISION_BURST": "7",
          "USHER_TOKEN_SECRET": "hunter2 hunter2 hunter2",
        ])
      #expect(report.status == 0)
      #expect(report.errors == "")
      #expect(!report.output.contains("hunter2"))
      let lines = report.output.split(separator: "\n").map { line in
        line.split(separator: " ").joined(separator: " ")
      }
      for line in [
        "fronts 3 --fronts", "admission-rate 50 USHER_ADMISSION_RATE",
        "admission-burst 100 default",
        "redis-url redis://***@host/1 --redis-url", "token-secret-file hidden USHER_TOKEN_SECRET",
        "no setting: USHER_ADMISION_BURST (did you mean USHER_ADMISSION_BURST?)",
      ] {
        #expect(lines.contains(line))
      }
    }

    @Test(
      "help and version go to standard output", arguments: ["--help", "serve --help", "--version"])
    func help(command: String) throws {
      let answer = try UsherProcess.run(command.split(separator: " ").map(String.init))
      #expect(answer.status == 0)
      #expect(answer.errors == "")
      #expect(answer.output.contains("usher "))
    }

    /// Runs `usher serve` on free ports.
    private static func serve(
      _ flags: [String], environment: [String: String] = [:]
    ) throws -> Command {
      let (listen, admin) = (try LocalAddress.freePort(), try LocalAddress.freePort())
      return try UsherProcess.run(
        ["serve", "--listen", "\(listen)", "--admin-listen", "\(admin)"] + flags,
        environment: environment)
    }

    private static func expect(
      _ line: String, of command: Command, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      #expect(command.errors == "usher: \(line)\n", sourceLocation: sourceLocation)
      #expect(command.output == "", sourceLocation: sourceLocation)
      #expect(command.status == 2, sourceLocation: sourceLocation)
    }
  }
}
