import Foundation
import TestSupport
import Testing

@testable import Redis

@Suite struct TLSContextTests {
  private let papers: TestAuthority.Papers

  init() throws {
    papers = try TestAuthority.shared.get()
  }

  private func error(
    authority: String? = nil, certificate: String? = nil, key: String? = nil
  ) -> TLSSettingsError? {
    let identity = certificate.map {
      TLSSettings.Identity(certificateFile: $0, keyFile: key ?? papers.client.key)
    }
    let context = TLSContext(TLSSettings(authorityFile: authority, identity: identity))
    do {
      try context.load()
      return nil
    } catch {
      return error
    }
  }

  @Test("good files are taken, and the system's CAs when none are named")
  func good() throws {
    #expect(error() == nil)
    #expect(error(authority: papers.authority.certificate) == nil)
    #expect(error(certificate: papers.client.certificate) == nil)
  }

  @Test("a file that cannot be read is named by its role, with the reason")
  func unreadable() throws {
    let empty = try papers.directory.file("empty.pem", "")
    for (path, reason) in [
      ("/nowhere", "No such file or directory"), ("/tmp", "Is a directory"), (empty, "it is empty"),
    ] {
      #expect(error(authority: path) == .authority(reason))
      #expect(error(certificate: path) == .certificate(reason))
      #expect(error(certificate: papers.client.certificate, key: path) == .key(reason))
    }
  }

  @Test("a file without what is wanted of it is refused")
  func wrongContent() throws {
    let text = try papers.directory.file("text.pem", "these are not the bytes you want\n")
    let broken = try papers.directory.file(
      "broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    let reason = "nothing of that kind in PEM is in it"
    for path in [text, papers.client.key] {
      #expect(error(authority: path) == .authority(reason))
      #expect(error(certificate: path) == .certificate(reason))
    }
    for path in [text, papers.client.certificate] {
      #expect(error(certificate: papers.client.certificate, key: path) == .key(reason))
    }
    #expect(error(authority: broken) != nil)
    #expect(error(certificate: broken) != nil)
  }

  @Test("a key must belong to the certificate, and be readable without a passphrase")
  func keys() throws {
    let certificate = papers.client.certificate
    #expect(
      error(certificate: certificate, key: papers.server.key)
        == .key("it is not the certificate's key"))
    let locked = try papers.directory.file("locked.key", "")
    let run = try TestSupport.Command.run(
      "openssl",
      ["pkey", "-in", papers.client.key, "-aes128", "-passout", "pass:x", "-out", locked])
    #expect(run.status == 0)
    #expect(error(certificate: certificate, key: locked) == .key("it is encrypted"))
  }

  @Test("contexts are alike if their settings are")
  func equality() {
    #expect(TLSContext() == TLSContext())
    #expect(TLSContext() != TLSContext(TLSSettings(serverName: "redis")))
  }

  @Test("files are read again when that is wanted, and bad ones change nothing")
  func renewed() throws {
    let file = try papers.directory.file("renewed.pem", "")
    let context = TLSContext(TLSSettings(authorityFile: file))
    #expect(throws: TLSSettingsError.authority("it is empty")) { try context.load() }
    let good = try String(contentsOfFile: papers.authority.certificate, encoding: .utf8)
    _ = try papers.directory.file("renewed.pem", good)
    #expect(throws: TLSSettingsError.self) { try context.load() }
    try context.renew()
    try context.load()
    _ = try papers.directory.file("renewed.pem", "")
    #expect(throws: TLSSettingsError.authority("it is empty")) { try context.renew() }
    try context.load()
  }

  @Test("each file is named once, also where one contains several things")
  func files() {
    let identity = TLSSettings.Identity(certificateFile: "/both", keyFile: "/both")
    #expect(TLSSettings().files == [])
    #expect(TLSSettings(authorityFile: "/ca", identity: identity).files == ["/ca", "/both"])
  }
}
