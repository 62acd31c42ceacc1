import Configuration
import Glibc
import Loop

/// Why an address cannot be listened at: one line that names the setting and what to do.
struct ListenError: Error, CustomStringConvertible {
  let setting: String
  let address: SocketAddress
  let reason: String

  var description: String {
    "--\(setting): cannot listen at \(address) (\(reason)); it takes an address of this machine "
      + "that nobody else listens at"
  }
}

/// The listening sockets, opened before anything starts: one for each front, and the admin port's.
///
/// Fronts share a TCP port (`SO_REUSEPORT`: the kernel spreads connections over them), or one Unix
/// socket. The front or back office that takes a listener over owns it; if one cannot be opened,
/// the process ends, and the others with it.
struct Listeners {
  /// Where the data plane really listens: the kernel's choice, if the port was 0.
  let address: SocketAddress
  /// Where the admin port really listens.
  let adminAddress: SocketAddress
  private var fronts: [Int32]
  private var admin: Int32?

  init(_ settings: Settings) throws {
    let first = try Self.openExclusively(
      settings.listen, "listen", mode: settings.listenMode)
    address = first.address
    fronts = [first.descriptor.release()]
    for _ in 1..<settings.fronts { fronts.append(try Self.another(address, beside: fronts[0])) }
    let admin = try Self.openExclusively(
      settings.adminListen, "admin-listen", mode: settings.listenMode)
    adminAddress = admin.address
    self.admin = admin.descriptor.release()
  }

  /// Hands over the next front's listener.
  mutating func takeFront() -> Descriptor { Descriptor(owning: fronts.removeLast()) }

  /// Hands over the admin port's listener; to be called once.
  mutating func takeAdmin() -> Descriptor {
    guard let descriptor = admin.take() else { preconditionFailure("the listener is gone") }
    return Descriptor(owning: descriptor)
  }

  private struct Opened: ~Copyable {
    let address: SocketAddress
    let descriptor: Descriptor
  }

  /// Opens a listener that others of ours can join, after making sure that no other process has the
  /// address: with `SO_REUSEPORT`, a second usher would silently take half of the first one's
  /// people.
  private static func openExclusively(
    _ address: SocketAddress, _ setting: String, mode: UInt32?
  ) throws(ListenError) -> Opened {
    do {
      return try open(address, mode: mode)
    } catch let error as SystemError {
      if let plain = substitute(for: address, after: error.code) {
        return try openExclusively(plain, setting, mode: mode)
      }
      throw ListenError(
        setting: setting, address: address, reason: String(cString: strerror(error.code)))
    } catch {
      throw ListenError(setting: setting, address: address, reason: "\(error)")
    }
  }

  private static func open(_ address: SocketAddress, mode: UInt32?) throws -> Opened {
    guard let resolved = try ResolvedAddress.lookUp(address).first else {
      throw SystemError(call: "getaddrinfo", code: EADDRNOTAVAIL)
    }
    if case .tcp(_, let port) = address, port != 0 {
      _ = try Socket.listen(at: resolved, shared: false)
    }
    let descriptor = try Socket.listen(at: resolved, shared: true, mode: mode)
    return Opened(address: actual(address, descriptor.raw), descriptor: descriptor)
  }

  /// `[::]` means all addresses of a machine; on one without IPv6 those are the ones of IPv4.
  static func substitute(for address: SocketAddress, after code: Int32) -> SocketAddress? {
    guard case .tcp("::", let port) = address, [EAFNOSUPPORT, EADDRNOTAVAIL].contains(code) else {
      return nil
    }
    return .tcp(host: "0.0.0.0", port: port)
  }

  private static func another(_ address: SocketAddress, beside first: Int32) throws -> Int32 {
    guard case .tcp = address else {
      return try Descriptor(duplicating: first).release()
    }
    guard let resolved = try ResolvedAddress.lookUp(address).first else { return first }
    return try Socket.listen(at: resolved, shared: true).release()
  }

  private static func actual(_ address: SocketAddress, _ descriptor: Int32) -> SocketAddress {
    guard case .tcp(let host, 0) = address, let port = Socket.localPort(of: descriptor) else {
      return address
    }
    return .tcp(host: host, port: port)
  }
}
