import CMicrohttpd

/// The libmicrohttpd that was found at run time, and what is known of it.
package struct HTTPLibrary: Equatable {
  /// How ``HTTPServer`` makes sure of what a header block says.
  enum Reading {
    /// The library forgives much, and parses in place: ``HeaderBlock`` reads what it leaves.
    case block
    /// The library is told to be strict, and what that lets through shows in the fields that it has found.
    case fields
  }

  /// As it calls itself.
  package let version: String
  /// Whether it is one of ``tested``. If not, it is newer than 1.0.
  package var isTested: Bool { Self.tested.contains(version) }
  /// Whether it is told to be strict with clients, and refuses some requests by itself.
  package var isStrict: Bool { reading == .fields }
  let reading: Reading

  /// The versions with which the tests have passed: Debian 12 has 0.9.75, and Debian 13 has 1.0.1.
  /// (0.9.76 differs from 0.9.75 in the form parser alone, which is not used here.)
  package static let tested = forgiving + ["1.0.1"]
  /// Those of which is known how they parse in place.
  private static let forgiving = ["0.9.75", "0.9.76"]

  /// What is to be made of a version; throws if its way of reading requests is not known.
  init(version: String) throws(HTTPServerError) {
    self.version = version
    if Self.forgiving.contains(version) {
      reading = .block
    } else if let major = Int(version.prefix { $0 != "." }), major >= 1 {
      reading = .fields
    } else {
      throw .unknownLibrary(version: version)
    }
  }

  /// The one that this process has loaded.
  package static func found() throws(HTTPServerError) -> HTTPLibrary {
    try HTTPLibrary(version: String(cString: MHD_get_version()))
  }
}
