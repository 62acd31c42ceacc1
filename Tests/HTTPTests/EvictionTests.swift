import Glibc
import Loop
import Testing

@testable import HTTP

@Suite("The choice of a connection that must go")
struct EvictionTests {
  private func client(_ number: Int) -> ClientAddress {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(number)
    return Self.address(address)
  }

  private static func address<Address>(_ address: Address) -> ClientAddress {
    withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ClientAddress($0) }
    }
  }

  private func candidates(_ clients: [(client: Int, hasAsked: Bool)]) -> [Eviction.Candidate] {
    clients.enumerated().map { number, candidate in
      Eviction.Candidate(
        slot: ConnectionTable.Slot(index: 100 - number), number: UInt64(number),
        client: client(candidate.client), hasAsked: candidate.hasAsked)
    }
  }

  private func order(_ clients: [(client: Int, hasAsked: Bool)]) -> [Int] {
    Eviction.order(candidates(clients).shuffled()).map { Int($0.number) }
  }

  @Test("is the oldest of the client that has most, each time anew")
  func takesFromMost() {
    #expect(order([1, 2, 2, 1, 2, 3].map { ($0, false) }) == [1, 0, 2, 3, 4, 5])
    #expect(order([1, 1, 1].map { ($0, false) }) == [0, 1, 2])
    #expect(order([]) == [])
  }

  @Test("counts those that have asked apart, and spares a newcomer")
  func countsApart() {
    let clients = [(1, false), (1, true), (1, true), (2, false), (2, false)]
    #expect(order(clients) == [1, 3, 0, 2, 4])
    #expect(order((0..<5).map { ($0, true) } + [(5, false)]) == [0, 1, 2, 3, 4, 5])
  }

  @Test("tells clients apart by IPv4 address and by /64")
  func tellsClientsApart() {
    func ipv6(_ bytes: [UInt8]) -> ClientAddress {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
      return Self.address(address)
    }
    let zeros = [UInt8](repeating: 0, count: 8)
    #expect(client(1) != client(2))
    #expect(
      ipv6([1, 2, 3, 4, 5, 6, 7, 8] + zeros)
        == ipv6([1, 2, 3, 4, 5, 6, 7, 8, 1] + zeros.dropLast()))
    #expect(ipv6([1, 2, 3, 4, 5, 6, 7, 8] + zeros) != ipv6([1, 2, 3, 4, 5, 6, 7, 9] + zeros))
    #expect(ipv6(zeros + [0, 0, 0xFF, 0xFF, 127, 0, 0, 1]) == client(0x0100_007F))
    #expect(ipv6(zeros + [0, 0, 0, 0, 127, 0, 0, 1]) != client(0x0100_007F))
    #expect(ClientAddress(nil) == .unknown)
  }
}

@Suite("Room in the table of connections")
struct RoomTests {
  private var table = ConnectionTable(limits: ConnectionTableTests.limits)

  private func connection(_ number: Int) throws -> Connection {
    Connection(try #require(OpaquePointer(bitPattern: number)))
  }

  @Test("is made once for each connection above the limit, from the oldest")
  mutating func isMade() throws {
    var slots: [ConnectionTable.Slot] = []
    for number in 1...40 {
      slots.append(table.open(try connection(number), at: .now))
      let evicted = table.evict(above: 20)
      #expect(try evicted == (number > 20 ? connection(number - 20) : nil))
      #expect(table.evict(above: 20) == nil)
      #expect(table.staying == min(number, 20))
    }
    for slot in slots { table.close(slot) }
    #expect(table.staying == 0)
  }

  @Test("is made of no exchange, and of none that has meanwhile become one")
  mutating func sparesExchanges() throws {
    let slots = try (1...40).map { table.open(try connection($0), at: .now) }
    table.enter(.exchange, slots[0], at: .now)
    table.enter(.suspended, slots[1], at: .now)
    #expect(try table.evict(above: 32) == connection(3))
    // It was planned to go next.
    table.enter(.header, slots[3], at: .now)
    table.enter(.exchange, slots[3], at: .now)
    #expect(try table.evict(above: 32) == connection(5))
    for slot in slots { table.enter(.exchange, slot, at: .now) }
    #expect(table.evict(above: 32) == nil)
  }

  @Test("is made of none whose next request is there")
  mutating func sparesUnread() throws {
    let slots = try (1...4).map { table.open(try connection($0), at: .now) }
    for (slot, phase) in zip(slots, [ConnectionTable.Phase.idle, .idle, .body]) {
      table.enter(.header, slot, at: .now)
      table.enter(phase, slot, at: .now)
    }
    let first = try connection(1)
    #expect(try table.evict(above: 0) { $0 == first } == connection(2))
    #expect(try table.evict(above: 0) { $0 == first } == connection(3))
    #expect(try table.evict(above: 0) { $0 == first } == connection(4))
    #expect(table.evict(above: 0) { $0 == first } == nil)
    #expect(table.evict(above: 0) == first)
  }

  @Test("is not made twice: what is overdue goes anyway")
  mutating func countsOverdue() throws {
    _ = table.open(try connection(1), at: Instant(nanoseconds: 0))
    _ = table.open(try connection(2), at: Instant(nanoseconds: 1_000_000_000))
    #expect(table.overdue(at: Instant(nanoseconds: 5_000_000_000)).count == 1)
    #expect(table.evict(above: 1) == nil)
    #expect(try table.evict(above: 0) == connection(2))
  }

  @Test("names those whose clients have ended while they wait for more")
  mutating func namesEnded() throws {
    let slot = table.open(try connection(1), at: .now)
    #expect(table.waitingInVain() == [])
    table.clientEnded(slot)
    table.clientEnded(slot)
    #expect(try table.waitingInVain() == [connection(1)])
    #expect(try table.waitingInVain() == [connection(1)])
    table.enter(.header, slot, at: .now)
    table.enter(.exchange, slot, at: .now)
    #expect(table.waitingInVain() == [])
    table.enter(.answer, slot, at: .now)
    #expect(table.waitingInVain() == [])
    table.enter(.idle, slot, at: .now)
    #expect(try table.waitingInVain() == [connection(1)])
    table.close(slot)
    _ = table.open(try connection(2), at: .now)
    #expect(table.waitingInVain() == [])
  }
}

@Suite("A server that is full")
struct FullServerTests {
  private func server(places: Int) throws -> TestServer {
    var configuration = HTTPServer.Configuration()
    configuration.connectionLimit = places
    configuration.headerTimeout = .seconds(3600)
    configuration.bodyTimeout = .seconds(3600)
    configuration.answerTimeout = .seconds(3600)
    return try TestServer(configuration: configuration)
  }

  @Test(
    "answers whoever asks, whatever keeps it full",
    arguments: [
      "", "GET /now HTTP/1.1\r\nHost: a\r\n", "GET /now HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
      "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf",
      "GET /huge HTTP/1.1\r\nHost: a\r\n\r\n",
    ])
  func answers(beginning: String) throws {
    let server = try server(places: 30)
    var strangers: [Client] = []
    for round in 0..<10 {
      for _ in 0..<20 {
        let stranger = Client(port: server.port)
        stranger.send(beginning)
        strangers.append(stranger)
      }
      let guest = Client(port: server.port)
      #expect(guest.get("/later?\(round)")?.body == "GET /later \(round) ")
    }
    server.wait { $0.opened == 210 && $0.server.openConnections <= 30 }
  }

  @Test("ends no request that it works on")
  func keepsExchanges() throws {
    let server = try server(places: 30)
    let held = (0..<20).map { _ in Client(port: server.port) }
    for client in held { client.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n") }
    server.wait { $0.held.count == 20 }
    let strangers = (0..<200).map { _ in Client(port: server.port) }
    for stranger in strangers { stranger.send("GET ") }
    #expect(Client(port: server.port).get("/now")?.status == 200)
    server.run { $0.answerHeld() }
    for client in held { #expect(client.answer()?.status == 200) }
  }
}
