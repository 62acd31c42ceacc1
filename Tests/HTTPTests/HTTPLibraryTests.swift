import Testing

@testable import HTTP

/// Whether the libmicrohttpd of this machine is one that is told to be strict: some answers differ then,
/// and are given beside the others.
let isStrict = (try? HTTPLibrary.found())?.isStrict == true

@Suite("The version of libmicrohttpd")
struct HTTPLibraryTests {
  @Test("says how requests are read", arguments: ["0.9.75", "0.9.76"])
  func reads(version: String) throws {
    let library = try HTTPLibrary(version: version)
    #expect(library.reading == .block)
    #expect(library.isTested)
  }

  @Test(
    "says that the library is strict, and whether usher is tested with it",
    arguments: [
      ("1.0.1", true), ("1.0.0", false), ("1.0.2", false), ("1.1", false), ("2.0.0-rc1", false),
      ("10.0", false),
    ])
  func readsStrictly(version: String, isTested: Bool) throws {
    let library = try HTTPLibrary(version: version)
    #expect(library.reading == .fields)
    #expect(library.isTested == isTested)
  }

  @Test(
    "is refused in one sentence when it is older and not known",
    arguments: ["0.9.74", "0.9.77", "0.9.761", "0.10.0", "", "one", "-1.0"])
  func isRefused(version: String) {
    let error = HTTPServerError.unknownLibrary(version: version)
    #expect(throws: error) { try HTTPLibrary(version: version) }
    #expect(error.description.contains("libmicrohttpd \(version) "))
    #expect(!error.description.contains("\n"))
  }

  @Test("of this machine is one that usher is tested with")
  func isKnown() throws {
    #expect(try HTTPLibrary.found().isTested)
  }
}
