/// A host as a server announces it to clients, in a topology or a redirection. What it says was written
/// by the person who runs that server, or has taken it over.
enum AnnouncedHost: Equatable {
  /// A name or an address, as far as its bytes tell.
  case host(String)
  /// The server does not know its own: `?`, an empty text, or none.
  case unknown
  /// Longer than a name can be, or with bytes that are in none.
  case none

  /// The longest name, in bytes.
  ///
  /// Source: RFC 1035, section 2.3.4, without the length of each label and the root.
  static let lengthLimit = 253

  /// Reads what was announced.
  init(_ text: String) {
    if text.isEmpty || text == "?" {
      self = .unknown
    } else if text.utf8.count <= Self.lengthLimit, text.utf8.allSatisfy(Self.isInHosts) {
      self = .host(text)
    } else {
      self = .none
    }
  }

  /// Names, IPv4 and IPv6 addresses, and the zone of one.
  private static func isInHosts(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: ".-_:%".utf8.contains(byte)
    }
  }
}
