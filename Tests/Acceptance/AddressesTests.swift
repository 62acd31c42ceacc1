import Foundation
import TestSupport
import Testing

extension WholeProgram {
  /// Where usher listens, and where it finds its Redis.
  @Suite("addresses")
  struct AddressesTests {
    @Test("several fronts share one port; people who come to any of them stand in one line")
    func fronts() throws {
      let fixture = try UsherFixture(redis: .standalone, flags: ["--fronts", "3"])
      let threads = try Self.threads(of: fixture.usher)
      #expect(threads.filter { $0.hasPrefix("front") } == ["front 1", "front 2", "front 3"])
      // The kernel chooses a front for each connection.
      let tokens = try (1...30).map { try fixture.gateway().token(joining: "show", as: "\($0)") }
      let positions = try tokens.map { try fixture.gateway().position(of: $0) }
      #expect(positions == Array(1...30))
      #expect(
        try MetricsPage(fixture.usher).sum(
          "usher_http_requests_total", ["route": "join", "code": "202"]) == 30)
      #expect(try fixture.usher.terminate() == 0)
    }

    /// The names of a process' threads.
    private static func threads(of usher: UsherProcess) throws -> [String] {
      let tasks = "/proc/\(usher.pid)/task"
      return try FileManager.default.contentsOfDirectory(atPath: tasks).map { thread in
        try String(contentsOfFile: "\(tasks)/\(thread)/comm", encoding: .utf8)
          .trimmingCharacters(in: .newlines)
      }.sorted()
    }

    @Test("a Unix socket, with several fronts behind it, whose file comes and goes with usher")
    func unixSocket() throws {
      let redis = try RedisServer()
      let directory = try TemporaryDirectory()
      let socket = LocalAddress.unix(path: directory.path(of: "usher.sock"))
      for ending in [SIGTERM, SIGKILL, SIGTERM] {
        // After the SIGKILL there is a file that no process listens at.
        let fixture = try UsherFixture(
          redis: .server(redis), flags: ["--fronts", "2"], address: socket)
        let tokens = try (1...10).map { _ in try fixture.gateway().token(joining: "show") }
        for token in tokens { #expect(try fixture.gateway().leave(with: token).status == 200) }
        try fixture.usher.kill(ending)
        #expect(try fixture.usher.wait() == (ending == SIGTERM ? 0 : 128 + SIGKILL))
        #expect(
          FileManager.default.fileExists(atPath: directory.path(of: "usher.sock"))
            == (ending == SIGKILL))
      }
    }

    /// How a Redis that wants a password, or a user, can be named.
    enum Login: CaseIterable {
      case passwordInURL, passwordInVariable, passwordInFile, userInURL, userInFlag
    }

    @Test("a Redis over TCP that wants a password or an ACL user", arguments: Login.allCases)
    func login(_ login: Login) throws {
      let redis = try RedisServer(["--requirepass", "pass word"], tcp: true)
      let keys = ["~queue:*", "~stream:*", "~seat:*", "~inventory:*", "~stock:*"]
      try redis.send(["ACL", "SETUSER", "joe", "on", ">joe's word"] + keys + ["+@all"])
      let tcp = try #require(redis.tcp)
      let secret = redis.directory.path(of: "secret")
      try Data("pass word\n".utf8).write(to: URL(fileURLWithPath: secret))
      let (credentials, flags, password): (String, [String], String?) =
        switch login {
        case .passwordInURL: (":pass%20word@", [], nil)
        case .passwordInVariable: ("", [], "pass word")
        case .passwordInFile: ("", ["--redis-password-file", secret], nil)
        case .userInURL: ("joe:joe's%20word@", [], nil)
        case .userInFlag: ("", ["--redis-username", "joe"], "joe's word")
        }
      let fixture = try UsherFixture(
        redis: .server(redis, url: "redis://\(credentials)\(tcp)"), flags: flags,
        environment: password.map { ["USHER_REDIS_PASSWORD": $0] } ?? [:])
      #expect(try fixture.gateway().join("show").status == 202)
      let clients = try redis.send("CLIENT", "LIST").text ?? ""
      let user = [.userInURL, .userInFlag].contains(login) ? "joe" : "default"
      #expect(clients.contains("user=\(user) "))
      #expect(clients.contains("laddr=\(tcp) "))
    }

    @Test("a wrong password is told in words by /readyz and the log, and is itself not told")
    func wrongPassword() throws {
      let redis = try RedisServer(["--requirepass", "right"])
      let usher = try UsherFixture(
        redis: .server(redis), environment: ["USHER_REDIS_PASSWORD": "hunter2"], readyWithin: nil
      ).usher
      try eventually("the reason is known", within: .seconds(20)) {
        let answer = try? usher.admin().get("/readyz")
        return answer?.status == 503 && answer?.text.contains("WRONGPASS") == true
      }
      _ = try usher.awaitLogLine { $0.contains("WRONGPASS") }
      #expect(!usher.logLines.contains { $0.contains("hunter2") })
    }

    @Test("a database by its number, over TCP and over a Unix socket")
    func database() throws {
      let redis = try RedisServer(tcp: true)
      let tcp = try #require(redis.tcp)
      for (url, database) in [("redis://\(tcp)/3", "3"), ("\(redis.socket)?db=5", "5")] {
        let fixture = try UsherFixture(redis: .server(redis, url: url))
        _ = try fixture.gateway().token(joining: "show", as: "A")
        let connection = try redis.connect()
        #expect(try connection.send("DBSIZE") == .integer(0))
        try connection.send("SELECT", database)
        #expect(
          try connection.send("ZRANGE", "queue:event:{show}", "0", "-1").texts == ["A"])
      }
    }

    @Test("the admin port answers at the addresses of both families, as it does by default")
    func bothFamilies() throws {
      let check = try UsherProcess.run(["check"])
      #expect(check.output.contains(/admin-listen +\[::\]:9090 +default/))
      let usher = try UsherProcess(adminHost: "[::]")
      guard case .tcp(let port) = usher.adminAddress else { throw TestFailure("no port") }
      #expect(try usher.admin().get("/livez").text == "ok\n")
      let run = try Command.run("curl", ["-sS", "-g", "-m", "5", "http://[::1]:\(port)/livez"])
      #expect(run.output == "ok\n", "\(run.errors)")
    }

    @Test("the admin port: an index whose links lead somewhere, only GET, nothing else")
    func adminPort() throws {
      let fixture = try UsherFixture(redis: .standalone)
      let admin = fixture.usher.admin()
      let index = try admin.get("/")
      #expect(index.status == 200)
      let links = index.text.matches(of: /href="([^"]+)"/).map { String($0.1) }
      #expect(links == ["/metrics", "/livez", "/readyz?verbose"])
      for link in links { #expect(try admin.get(link).status == 200) }
      #expect(try admin.get("/livez").text == "ok\n")
      #expect(try admin.get("/readyz").text == "ok\n")
      #expect(try admin.get("/nothing").status == 404)
      let post = try admin.post("/metrics", json: [:])
      #expect(post.status == 405)
      #expect(post.header("Allow") == "GET, HEAD")
      #expect(try admin.request("HEAD", "/readyz").status == 200)
    }
  }
}
