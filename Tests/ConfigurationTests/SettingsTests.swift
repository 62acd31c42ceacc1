import Glibc
import Loop
import Queue
import Redis
import Testing

@testable import Configuration

@Suite("Settings")
struct SettingsTests {
  private static let secret = "0123456789abcdef"

  private static let files: [String: [UInt8]] = [
    "/secret": Array("\(secret)\n".utf8), "/short": Array("short\n".utf8), "/empty": [],
    "/password": Array("p ss\n".utf8), "/two-lines": Array("a\nb\n".utf8),
    "/marked": Array("\u{FEFF}0123456789abcdef\n".utf8),
  ]

  private static func read(
    _ arguments: [String], _ environment: [String: String]
  ) throws(SettingsError) -> ParsedSettings {
    var input = try SettingsInput(
      arguments: arguments, environment: environment, cpus: 3,
      known: ParsedSettings.table.map(\.flag))
    input.readFile = { path throws(SystemError) in
      if path == "/huge" { throw SystemError(call: "read", code: EFBIG) }
      guard let contents = files[path] else { throw SystemError(call: "open", code: ENOENT) }
      return contents
    }
    return try ParsedSettings(input)
  }

  private static func parse(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws(SettingsError) -> ParsedSettings {
    try read(arguments, environment)
  }

  private static func error(
    _ arguments: String..., environment: [String: String] = [:]
  ) -> String? {
    do {
      _ = try read(arguments, environment)
      return nil
    } catch {
      return error.description
    }
  }

  // MARK: Where values come from

  @Test("the defaults are those of the design")
  func defaults() throws {
    let settings = try Self.parse().settings
    #expect(settings.listen == .tcp(host: "127.0.0.1", port: 8080))
    #expect(settings.adminListen == .tcp(host: "::", port: 9090))
    #expect(settings.fronts == 3, "one per CPU")
    #expect(settings.redisURL == nil)
    #expect(settings.redisPoolMax == 50)
    #expect(settings.maxEvents == 10_000)
    #expect(settings.eventCreation == .anyone)
    #expect(settings.redisPoolMinIdle == 1)
    #expect(settings.redisPipelineDepth == 128)
    #expect(settings.redisPoolWait == .milliseconds(100))
    #expect(settings.redisTimeout == .milliseconds(500))
    #expect(settings.redisConnectTimeout == .seconds(2))
    #expect(settings.admissionRate == 10)
    #expect(settings.admissionBurst == 100)
    #expect(settings.grantTTL == .seconds(30))
    #expect(settings.ticketTTL == .hours(6))
    #expect(settings.eventTTL == .hours(24))
    #expect(settings.queueLimit == 0)
    #expect(settings.breakerWindow == 10)
    #expect(settings.breakerFailureRate == 0.5)
    #expect(settings.breakerOpen == .seconds(10))
    #expect(settings.rateLimit == 0)
    #expect(settings.maxInFlight == 4096)
    #expect(settings.presenceTTL == .seconds(60))
    #expect(settings.presenceHeadTTL == .seconds(15))
    #expect(settings.rebuildWindow == .seconds(25))
    #expect(settings.healthTimeout == .seconds(10))
    #expect(settings.healthInterval == .seconds(5))
    #expect(settings.readyGrace == .seconds(30))
    #expect(settings.readyRedis == .required)
    #expect(settings.drainDelay == .zero)
    #expect(settings.drainTimeout == .seconds(10))
    #expect(settings.tokenSecret == nil && settings.tokenPreviousSecret == nil)
    #expect(settings.tokenFormat == .version2)
    #expect(settings.metricsEvents == 100)
    #expect(settings.logLevel == .info)
    #expect(settings.logFormat == .json)
  }

  @Test("a flag takes the next word, or what follows an equals sign")
  func flags() throws {
    let settings = try Self.parse("--fronts", "2", "--redis-timeout=2s", "--log-level=warn")
      .settings
    #expect(settings.fronts == 2)
    #expect(settings.redisTimeout == .seconds(2))
    #expect(settings.logLevel == .warn)
  }

  @Test("a flag beats the environment, which beats the default")
  func precedence() throws {
    let environment = ["USHER_FRONTS": "5", "USHER_ADMISSION_RATE": "0.5"]
    let parsed = try Self.parse("--fronts", "7", environment: environment)
    #expect(parsed.settings.fronts == 7)
    #expect(parsed.settings.admissionRate == 0.5)
    #expect(parsed.settings.admissionBurst == 100)
    let origins = Dictionary(uniqueKeysWithValues: parsed.rows.map { ($0.flag, $0.origin) })
    #expect(origins["fronts"] == .flag)
    #expect(origins["admission-rate"] == .environment)
    #expect(origins["admission-burst"] == .default)
  }

  @Test("a flag that is right hides a variable that is wrong")
  func hiddenVariable() throws {
    let settings = try Self.parse("--fronts", "7", environment: ["USHER_FRONTS": "x"]).settings
    #expect(settings.fronts == 7)
  }

  @Test("an empty variable is not there; an empty flag is wrong")
  func empty() throws {
    #expect(try Self.parse(environment: ["USHER_FRONTS": ""]).settings.fronts == 3)
    #expect(Self.error("--fronts=")?.hasPrefix("--fronts: \"\" is not allowed") == true)
  }

  // MARK: What is wrong, in one line

  @Test(
    "a bad value is one line that names the setting, the value and what is allowed",
    arguments: [
      ("--admission-burst=0", "--admission-burst: \"0\"", "a whole number from 1 to 1000000"),
      ("--admission-burst=1.5", "--admission-burst: \"1.5\"", "a whole number"),
      ("--admission-rate=-1", "--admission-rate: \"-1\"", "a number from 0.001 to 1000000"),
      ("--admission-rate=nan", "--admission-rate: \"nan\"", "a number from"),
      ("--admission-rate=1e3", "--admission-rate: \"1e3\"", "a number from"),
      ("--fronts=99999999999999999999", "--fronts: \"99999999999999999999\"", "from 1 to 256"),
      ("--redis-timeout=500", "--redis-timeout: \"500\"", "a duration from 1ms to 1m"),
      ("--redis-timeout=0s", "--redis-timeout: \"0s\"", "written like 500ms, 2s, 1m or 6h"),
      ("--grant-ttl=1500ms", "--grant-ttl: \"1500ms\"", "a duration of whole seconds"),
      ("--breaker-failure-rate=101%", "--breaker-failure-rate: \"101%\"", "from 1% to 100%"),
      ("--rebuild-window=20s", "--rebuild-window: \"20s\"", "from 21s to 10m"),
      ("--presence-ttl=20s", "--presence-ttl: \"20s\"", "from 21s to 6h"),
      (
        "--listen=8080", "--listen: \"8080\"",
        "host:port, [ipv6]:port ([::]:port for all addresses) or unix:/path"
      ),
      (
        "--listen=*:8080", "--listen: \"*:8080\"",
        "host:port, [ipv6]:port ([::]:port for all addresses) or unix:/path"
      ),
      ("--listen-mode=0660", "--listen-mode: \"0660\"", "three octal digits such as 660"),
      ("--listen-mode=68", "--listen-mode: \"68\"", "three octal digits such as 660"),
      ("--listen-mode=680", "--listen-mode: \"680\"", "three octal digits such as 660"),
      ("--listen=127.0.0.1:70000", "--listen: \"127.0.0.1:70000\"", "host:port"),
      ("--log-level=loud", "--log-level: \"loud\"", "debug, info, warn or error"),
      ("--log-format=xml", "--log-format: \"xml\"", "json or text"),
      ("--ready-redis=maybe", "--ready-redis: \"maybe\"", "required or startup"),
      ("--data-dir=", "--data-dir: \"\"", "a directory"),
      ("--redis-url=http://h", "--redis-url: its value", "redis://"),
      ("--redis-url=redis://", "--redis-url: its value", "redis://"),
    ])
  func badValue(argument: String, beginning: String, ending: String) throws {
    let line = try #require(Self.error(argument))
    #expect(line.hasPrefix(beginning + " is not allowed; it takes "))
    #expect(line.contains(ending))
    #expect(!line.contains("\n"))
  }

  @Test("a bad variable is called by its own name")
  func badVariable() {
    #expect(
      Self.error(environment: ["USHER_ADMISSION_BURST": "0"])
        == "USHER_ADMISSION_BURST: \"0\" is not allowed; it takes a whole number from 1 to 1000000")
  }

  @Test("a value with line breaks, or of 10 KB, still makes one short line")
  func hostileValue() throws {
    let line = try #require(Self.error("--fronts=1\n2\u{1B}[31m"))
    #expect(line.hasPrefix(#"--fronts: "1\n2\u{1B}[31m" is not allowed"#))
    let long = try #require(Self.error("--fronts=" + String(repeating: "9", count: 10_000)))
    #expect(long.count < 300)
    #expect(long.contains("9…\""))
  }

  @Test("an unknown flag names the nearest one, if there is one near")
  func unknownFlag() {
    #expect(
      Self.error("--fornts", "2") == "\"--fornts\" is no flag of usher; did you mean --fronts?")
    #expect(
      Self.error("--redis-password=x")
        == "\"--redis-password\" is no flag of usher; did you mean --redis-password-file?")
    #expect(Self.error("--xyzzy") == "\"--xyzzy\" is no flag of usher")
    #expect(Self.error("--") == "\"--\" is no flag of usher")
  }

  @Test("a flag without a value, a flag given twice and a stray word are refused")
  func grammar() {
    #expect(Self.error("--fronts") == "--fronts needs a value: --fronts=VALUE or --fronts VALUE")
    #expect(Self.error("--fronts", "--listen")?.hasPrefix("--fronts needs a value") == true)
    #expect(Self.error("--fronts=2", "--fronts", "2") == "--fronts is given twice")
    #expect(Self.error("fronts=2") == "\"fronts=2\" is no flag; flags begin with --")
    #expect(Self.error("-f", "2") == "\"-f\" is no flag; flags begin with --")
  }

  // MARK: What does not go together

  @Test(
    "settings that do not go together are refused by name, each with its value",
    arguments: [
      (
        ["--presence-head-ttl=2m"],
        "--presence-head-ttl: \"2m\" is not allowed with --presence-ttl 1m; "
          + "it takes at most as long"
      ),
      (
        ["--redis-pool-max=2", "--redis-pool-min-idle=3"],
        "--redis-pool-min-idle: \"3\" is not allowed with --redis-pool-max 2; "
          + "it takes at most as many"
      ),
      (
        ["--ready-grace=14s"],
        "--ready-grace: \"14s\" is not allowed with --health-interval 5s and --health-timeout 10s; "
          + "it takes at least as long as both together"
      ),
      (
        ["--event-ttl=5h"],
        "--ticket-ttl: \"6h\" is not allowed with --event-ttl 5h; it takes at most as long"
      ),
      (
        ["--ticket-ttl=1m", "--grant-ttl=2m"],
        "--grant-ttl: \"2m\" is not allowed with --ticket-ttl 1m; it takes at most as long"
      ),
      (
        ["--admin-listen=127.0.0.1:8080"],
        "--admin-listen: \"127.0.0.1:8080\" is not allowed with --listen 127.0.0.1:8080; "
          + "it takes another address"
      ),
      (
        ["--redis-username=joe"],
        "--redis-username: \"joe\" is not allowed with --redis-url none; "
          + "it takes a Redis to log in to"
      ),
      (
        ["--redis-password-file=/password"],
        "--redis-password-file: \"hidden\" is not allowed with --redis-url none; "
          + "it takes a Redis to log in to"
      ),
      (
        ["--redis-url=redis://h", "--redis-username=joe"],
        "--redis-username: \"joe\" is not allowed with --redis-password-file none; "
          + "it takes a password too"
      ),
      (
        ["--redis-url=redis://a:b@h", "--redis-password-file=/password"],
        "--redis-password-file: \"hidden\" is not allowed with --redis-url redis://***@h; "
          + "it takes a URL without user and password"
      ),
      (
        ["--listen-mode=660"],
        "--listen-mode: \"660\" is not allowed with --listen 127.0.0.1:8080 "
          + "and --admin-listen [::]:9090; it takes a Unix socket to listen at"
      ),
      (
        ["--redis-url=redis://h", "--redis-tls-ca=/ca"],
        "--redis-tls-ca: \"/ca\" is not allowed with --redis-url redis://h; "
          + "it takes a rediss:// URL"
      ),
      (
        ["--redis-tls-server-name=redis"],
        "--redis-tls-server-name: \"redis\" is not allowed with --redis-url none; "
          + "it takes a rediss:// URL"
      ),
      (
        ["--redis-url=rediss://h", "--redis-tls-cert=/cert"],
        "--redis-tls-cert: \"/cert\" is not allowed with --redis-tls-key none; "
          + "it takes its key too"
      ),
      (
        ["--redis-url=rediss://h", "--redis-tls-key=/key"],
        "--redis-tls-key: \"/key\" is not allowed with --redis-tls-cert none; "
          + "it takes its certificate too"
      ),
      (
        ["--redis-url=rediss://h", "--redis-tls-ca=/nowhere"],
        "--redis-tls-ca: cannot use \"/nowhere\" (No such file or directory); "
          + "it takes a file of CA certificates in PEM"
      ),
      (
        ["--redis-url=rediss://h", "--redis-tls-cert=/tmp", "--redis-tls-key=/tmp"],
        "--redis-tls-cert: cannot use \"/tmp\" (Is a directory); "
          + "it takes a file with a certificate in PEM"
      ),
      (
        ["--redis-url=rediss://h", "--redis-tls-ca=/proc/self/status"],
        "--redis-tls-ca: cannot use \"/proc/self/status\" (nothing of that kind in PEM is in it); "
          + "it takes a file of CA certificates in PEM"
      ),
      (
        ["--token-previous-secret-file=/secret"],
        "--token-previous-secret-file: \"hidden\" is not allowed with --token-secret-file by Redis; "
          + "it takes a present secret too"
      ),
    ])
  func combinations(arguments: [String], line: String) {
    #expect(throws: SettingsError(line)) { try Self.read(arguments, [:]) }
  }

  @Test("the mode of a Unix socket is octal, and by default the umask's")
  func listenMode() throws {
    #expect(try Self.parse().settings.listenMode == nil)
    for flag in ["--listen=unix:/socket", "--admin-listen=unix:/socket"] {
      #expect(try Self.parse(flag, "--listen-mode=007").settings.listenMode == 0o007)
      #expect(try Self.parse(flag, "--listen-mode=660").settings.listenMode == 0o660)
    }
  }

  @Test("connections outlive the hour for which a gateway's pool keeps them")
  func keepAlive() throws {
    #expect(try Self.parse().settings.keepAlive > .seconds(3600))
    #expect(try Self.parse("--keep-alive=75s").settings.keepAlive == .seconds(75))
  }

  @Test("a rediss:// URL makes a deployment with TLS, as the flags say")
  func tls() throws {
    #expect(try Self.parse("--redis-url=redis://h").settings.deployment?.tls == nil)
    #expect(
      try Self.parse("--redis-url=rediss://h").settings.deployment?.tls?.settings == TLSSettings())
    let named = try Self.parse("--redis-url=rediss://h", "--redis-tls-server-name=redis").settings
    #expect(named.deployment?.tls?.settings == TLSSettings(serverName: "redis"))
  }

  @Test("clusters and sentinels are named, secured and logged in to like one server")
  func deployments() throws {
    let cluster = try Self.parse(
      "--redis-url=rediss+cluster://a:7000,b", "--redis-tls-server-name=redis",
      "--redis-username=joe", environment: ["USHER_REDIS_PASSWORD": "secret"]
    ).settings.deployment
    #expect(cluster?.kind == .cluster)
    #expect(cluster?.addresses.count == 2)
    #expect(cluster?.tls?.settings == TLSSettings(serverName: "redis"))
    #expect(cluster?.credentials == Credentials(user: "joe", password: "secret"))
    let sentinels = try Self.parse("--redis-url=redis+sentinel://a,b,c/shop").settings.deployment
    #expect(sentinels?.kind == .sentinel(master: "shop"))
    #expect(sentinels?.tls == nil)
  }

  @Test("settings at the edge of what goes together are allowed")
  func edges() throws {
    _ = try Self.parse("--ready-grace=15s")
    _ = try Self.parse("--presence-head-ttl=60s")
    _ = try Self.parse("--redis-pool-max=3", "--redis-pool-min-idle=3")
    _ = try Self.parse("--event-ttl=6h")
    _ = try Self.parse("--listen=127.0.0.1:0", "--admin-listen=127.0.0.1:0")
  }

  // MARK: Secrets

  @Test("a secret comes from a file, or from the environment itself")
  func secrets() throws {
    let expected = try TokenSecret(bytes: Array(Self.secret.utf8))
    #expect(try Self.parse("--token-secret-file=/secret").settings.tokenSecret?.value == expected)
    let environment = ["USHER_TOKEN_SECRET": Self.secret]
    #expect(try Self.parse(environment: environment).settings.tokenSecret?.value == expected)
    let both = try Self.parse(
      "--token-secret-file=/secret",
      environment: [
        "USHER_TOKEN_SECRET": "another secret of the shop",
        "USHER_TOKEN_PREVIOUS_SECRET": "an older secret of the shop",
      ]
    ).settings
    #expect(both.tokenSecret?.value == expected)
    #expect(both.tokenPreviousSecret?.value.bytes == Array("an older secret of the shop".utf8))
  }

  @Test("a password is one line of a file, or the environment itself")
  func password() throws {
    let url = "--redis-url=redis://h"
    let settings = try Self.parse(url, "--redis-password-file=/password").settings
    #expect(settings.redisPassword?.value.text == "p ss")
    let environment = ["USHER_REDIS_PASSWORD": "from the environment"]
    #expect(
      try Self.parse(url, environment: environment).settings.redisPassword?.value.text
        == "from the environment")
    for file in ["/empty", "/two-lines"] {
      #expect(
        Self.error(url, "--redis-password-file=\(file)")
          == "--redis-password-file: \"\(file)\" is not allowed; "
          + "it takes a file with a password, in one line")
    }
  }

  @Test("a secret file that is missing or too short is one clear line")
  func badSecretFile() {
    #expect(
      Self.error("--token-secret-file=/nowhere")
        == "--token-secret-file: cannot read \"/nowhere\" (open: No such file or directory); "
        + "it takes a file with at least 16 bytes")
    #expect(
      Self.error("--token-secret-file=/short")
        == "--token-secret-file: \"/short\" is not allowed; it takes a file with at least 16 bytes")
  }

  @Test("a byte-order mark would be a part of the secret, and a file too long would be cut")
  func unsuitableFiles() {
    let mark = "begins with a byte-order mark, which would be a part of the secret; "
    for (flag, url) in [("token-secret", ""), ("redis-password", "--redis-url=redis://h")] {
      #expect(
        Self.error("--\(flag)-file=/marked", url.isEmpty ? "--fronts=1" : url)
          == "--\(flag)-file: \"/marked\" \(mark)write it as UTF-8 without one")
    }
    #expect(
      Self.error(environment: ["USHER_TOKEN_SECRET": "\u{FEFF}0123456789abcdef"])
        == "USHER_TOKEN_SECRET: its value \(mark)write it as UTF-8 without one")
    #expect(
      Self.error("--token-secret-file=/huge")
        == "--token-secret-file: cannot read \"/huge\" (it is longer than 64 KiB); "
        + "it takes a file with at least 16 bytes")
  }

  @Test(
    "an admin token is one that a client can send",
    arguments: [
      ("0123456789abcdef", true), ("the token of the operator", true), ("0123456789abcde", false),
      ("0123456789abcde\t", false), (" 0123456789abcdef", false), ("0123456789abcdef ", false),
      ("0123456789abcdéf", false), ("01234567\u{1}89abcdef", false),
      ("0123456789abcdef\u{7F}", false),
      ("ann operator 0123456789abcdef", true), ("ann operater 0123456789abcdef", false),
      ("ann operator 0123456789abcdef\n\nbob  viewer fedcba9876543210\n", true),
      ("ann operator 0123456789abcdef\nbob pace fedcba9876543210", true),
      ("ann operator 0123456789abcdef\nann viewer fedcba9876543210", false),
      ("ann operator 0123456789abcdef\nbob viewer 0123456789abcdef", false),
      ("ann operator 0123456789abcdef\nbob viewer 0123456789abcde", false),
      ("ann operator 0123456789abcdef\nthe token of the operator", false),
      ("a/n operator 0123456789abcdef", false), ("0123456789abcdef\n0123456789abcdef", false),
    ])
  func adminToken(_ token: String, isGood: Bool) {
    let error = Self.error(environment: ["USHER_ADMIN_TOKEN": token])
    #expect(
      error
        == (isGood
          ? nil
          : "USHER_ADMIN_TOKEN: its value is not allowed; it takes one token of at least 16 "
            + "characters of ASCII, in one line and with no space at its ends, or lines of a name, "
            + "a role (viewer, operator or pace) and such a token without spaces, each name "
            + "and each token once"))
  }

  @Test(
    "one admin token is that of an operator of that name; each line of a list is one of its own")
  func adminTokens() throws {
    func entries(_ text: String) throws -> [String] {
      let settings = try Self.parse(environment: ["USHER_ADMIN_TOKEN": text]).settings
      return try #require(settings.adminTokens).value.entries.map {
        "\($0.name) \($0.role) \($0.token.text)"
      }
    }
    #expect(try entries("the token of the shop\n") == ["operator operator the token of the shop"])
    #expect(
      try entries("ann operator 0123456789abcdef\nbob viewer fedcba9876543210\n")
        == ["ann operator 0123456789abcdef", "bob viewer fedcba9876543210"])
  }

  @Test("files with secrets that every user may read are named; certificates are no secrets")
  func openFiles() throws {
    let template = "/tmp/usher-settings-XXXXXX"
    var name = Array(template.utf8CString)
    let path = try #require(mkdtemp(&name).map { String(cString: $0) }) + "/secret"
    defer {
      unlink(path)
      rmdir(String(path.dropLast("/secret".count)))
    }
    let file = open(path, O_CREAT | O_WRONLY, 0o600)
    #expect(write(file, "0123456789abcdef", 16) == 16 && close(file) == 0)
    for (mode, isOpen) in [(0o640, false), (0o644, true)] as [(mode_t, Bool)] {
      #expect(chmod(path, mode) == 0)
      let parsed = try ParsedSettings(arguments: ["--token-secret-file", path])
      #expect(parsed.openFiles == (isOpen ? [path] : []))
      #expect(parsed.report.hasSuffix("every user of this machine may read \(path)") == isOpen)
    }
  }

  @Test("no secret is shown, neither in a report nor in an error")
  func nothingLeaks() throws {
    let environment = [
      "USHER_TOKEN_SECRET": "tell-nobody-about-this", "USHER_REDIS_PASSWORD": "tell-nobody",
    ]
    let parsed = try Self.parse("--redis-url=redis://h", environment: environment)
    #expect(!parsed.report.contains("tell-nobody"))
    var dumped = ""
    dump(parsed.settings, to: &dumped)
    #expect(!dumped.contains("tell-nobody"))
    let url = try Self.parse("--redis-url=redis://joe:tell-nobody@h/1")
    #expect(url.report.contains("redis://***@h/1"))
    #expect(!url.report.contains("tell-nobody"))
    let cluster = try Self.parse("--redis-url=redis+cluster://joe:tell-nobody@a:7000,b")
    #expect(cluster.report.contains("redis+cluster://***@a:7000,b"))
    #expect(!cluster.report.contains("tell-nobody"))
    let bad = try #require(Self.error("--redis-url=http://joe:tell-nobody@h"))
    #expect(!bad.contains("tell-nobody"))
    let short = try #require(Self.error(environment: ["USHER_TOKEN_SECRET": "tell-nobody"]))
    #expect(
      short == "USHER_TOKEN_SECRET: its value is not allowed; it takes at least 16 bytes")
  }

  // MARK: The environment of others

  @Test("a variable of our name that sets nothing is named; those of Kubernetes are not")
  func unknownVariables() throws {
    let environment = [
      "USHER_ADMISION_RATE": "3", "USHER_COLOUR": "red",
      "USHER_REDIS_PASSWORD_FILE": "/password", "HOME": "/root", "USHERS": "2",
      "USHER_PORT": "tcp://10.0.0.1:80", "USHER_SERVICE_HOST": "10.0.0.1",
      "USHER_SERVICE_PORT": "80", "USHER_SERVICE_PORT_HTTP": "80",
      "USHER_PORT_80_TCP": "tcp://10.0.0.1:80", "USHER_PORT_80_TCP_ADDR": "10.0.0.1",
      "USHER_REDIS_SERVICE_HOST": "10.0.0.2", "USHER_REDIS_PORT_6379_TCP_PROTO": "tcp",
    ]
    let parsed = try Self.parse(environment: environment)
    #expect(
      parsed.unknownVariables == [
        "USHER_ADMISION_RATE (did you mean USHER_ADMISSION_RATE?)", "USHER_COLOUR",
        "USHER_REDIS_PASSWORD_FILE (did you mean --redis-password-file?)",
      ])
    #expect(
      parsed.report.hasSuffix(
        "\nno setting: USHER_ADMISION_RATE (did you mean USHER_ADMISSION_RATE?)"
          + "\nno setting: USHER_COLOUR"
          + "\nno setting: USHER_REDIS_PASSWORD_FILE (did you mean --redis-password-file?)"))
    #expect(try Self.parse(environment: ["USHER_FRONTS": "2"]).unknownVariables.isEmpty)
  }
}
