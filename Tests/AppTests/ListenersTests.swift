import Glibc
import Loop
import Testing

@testable import App

@Suite("Listeners")
struct ListenersTests {
  @Test("all addresses are those of IPv4 where there is no IPv6, and only then")
  func substitute() {
    let all = SocketAddress.tcp(host: "::", port: 9090)
    for code in [EAFNOSUPPORT, EADDRNOTAVAIL] {
      #expect(
        Listeners.substitute(for: all, after: code) == .tcp(host: "0.0.0.0", port: 9090))
    }
    #expect(Listeners.substitute(for: all, after: EADDRINUSE) == nil)
    #expect(
      Listeners.substitute(for: .tcp(host: "::1", port: 9090), after: EAFNOSUPPORT) == nil)
    #expect(
      Listeners.substitute(for: .tcp(host: "0.0.0.0", port: 9090), after: EADDRNOTAVAIL) == nil)
  }
}
