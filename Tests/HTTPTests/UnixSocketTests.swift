import Glibc
import HTTP
import Loop
import Testing

@Suite("A server at a Unix socket")
struct UnixSocketTests {
  /// A path in a directory of its own, which is removed with the test.
  private final class Place {
    let directory: String
    var path: String { "\(directory)/socket" }
    var exists: Bool { access(path, F_OK) == 0 }

    init() throws {
      var template = Array("/tmp/usher-http-XXXXXX".utf8CString)
      directory = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
      unlink(path)
      rmdir(directory)
    }
  }

  @Test("answers at once and later, and keeps alive")
  func answers() throws {
    let place = try Place()
    let server = try TestServer(at: .unix(path: place.path))
    let client = Client(path: place.path)
    #expect(client.get("/now")?.body == "GET /now  ")
    #expect(client.get("/later")?.body == "GET /later  ")
    #expect(server.run { $0.opened } == 1)
  }

  @Test("removes its file when it stops listening")
  func removesFile() throws {
    let place = try Place()
    let server = try TestServer(at: .unix(path: place.path))
    #expect(place.exists)
    server.run { $0.server.stopListening() }
    #expect(!place.exists)
  }

  @Test("leaves the file of a server that took its place")
  func leavesOthersFile() throws {
    let place = try Place()
    let old = try TestServer(at: .unix(path: place.path))
    #expect(Client(path: place.path).get("/now")?.status == 200)
    unlink(place.path)
    let new = try TestServer(at: .unix(path: place.path))
    old.run { $0.server.stop() }
    #expect(place.exists)
    #expect(Client(path: place.path).get("/now")?.status == 200)
    withExtendedLifetime(new) {}
  }

  @Test("is cut off like any other client")
  func isCutOff() throws {
    let place = try Place()
    var configuration = HTTPServer.Configuration()
    configuration.headerTimeout = .milliseconds(50)
    let server = try TestServer(at: .unix(path: place.path), configuration: configuration)
    #expect(Client(path: place.path).readToEnd() == "")
    server.wait { $0.server.openConnections == 0 }
  }
}
